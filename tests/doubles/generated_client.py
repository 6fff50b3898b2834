"""A user of the client that openapi-python-client made: asks what asked.json says, and prints what came."""

import json
import sys
from importlib import import_module
from pathlib import Path

from numeral_client import models
from numeral_client.client import Client


def ask(client: Client, operation: str, places: dict, schema: str, body: dict) -> dict:
    (file,) = Path("numeral_client/api").glob(f"*/{operation}.py")
    module = import_module(".".join(file.with_suffix("").parts))
    sent = getattr(models, schema).from_dict(body)
    answer = module.sync_detailed(client=client, body=sent, **places)
    return {
        "kept": sent.to_dict() == body,
        "status": answer.status_code,
        "said": answer.parsed.to_dict(),
    }


client = Client(base_url=sys.argv[1])
sys.stdout.write(json.dumps([ask(client, **asked) for asked in json.loads(Path("asked.json").read_text())]))
