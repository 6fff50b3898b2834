"""python -m service: serve the champion under gunicorn."""

import argparse
import os
import sys
from dataclasses import fields
from pathlib import Path

from gunicorn.app.wsgiapp import run

from model import VERSION
from model.errors import NumeralError
from model.registry.registry import Registry
from model.settings import PREFIX, Settings
from service.http.root_path import settings_from


def main() -> int:
    """Serve until SIGTERM; a wrong setting is one sentence on standard error and exit code 1."""
    _parser().parse_args()
    try:
        settings = settings_from(os.environ)
        Registry(settings.registry, settings.model)
    except NumeralError as error:
        print(f"python -m service: {error}", file=sys.stderr)
        return 1
    configuration = Path(__file__).with_name("gunicorn.conf.py")
    gunicorn = Path(sys.executable).with_name("gunicorn")  # SIGUSR2 starts it again
    sys.argv = [str(gunicorn), "--config", str(configuration), "service.app:from_environment()"]
    run()
    return 0


def _parser() -> argparse.ArgumentParser:
    lines = [f"  {PREFIX}{field.name.upper():<22} {field.metadata['meaning']}" for field in fields(Settings)]
    parser = argparse.ArgumentParser(
        prog="python -m service",
        description="Serve the champion over HTTP. The settings are in the environment.",
        epilog="\n".join(["settings:", *lines]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"numeral {VERSION}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
