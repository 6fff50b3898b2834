"""Clients that others' generators make of /openapi.json ask every operation that takes a body."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from server import ROOT

GENERATORS = ROOT / "var/generators"
DOUBLES = ROOT / "tests/doubles"
PLACES = {"name": "mnist", "version": "1", "label": "champion"}

pytestmark = pytest.mark.slow


@pytest.fixture
def server(publish, serve, tmp_path):
    publish(favourite=7)
    return serve(tmp_path / "registry", workers=1)


@pytest.fixture
def folder(tmp_path):
    """Where a client is made; its generators are found from there."""
    if not GENERATORS.exists():
        pytest.skip("no generators of clients here; `make var/generators` fetches them")
    folder = tmp_path / "client"
    folder.mkdir()
    (folder / "node_modules").symlink_to(GENERATORS / "node_modules")
    return folder


@pytest.fixture
def api(server, folder) -> dict:
    """/openapi.json, which is written into the folder, too."""
    answer = requests.get(server.url + "/openapi.json", timeout=60)
    (folder / "openapi.json").write_bytes(answer.content)
    return answer.json()


def operations(api):
    """Every operation that takes JSON, and the examples of that, each with the name of its schema."""
    for path, methods in api["paths"].items():
        for said in methods.values():
            if "requestBody" in said:
                reference = said["requestBody"]["content"]["application/json"]["schema"]["$ref"]
                name = reference.rpartition("/")[2]
                yield path, said, name, api["components"]["schemas"][name]["examples"]


def run(folder: Path, *command: str | Path) -> str:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (GENERATORS / "python", folder)))}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_the_client_of_openapi_python_client_is_answered_everywhere(server, folder, api):
    (folder / "config.yaml").write_text("post_hooks: []\n")
    generate = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    files = ["--path", "openapi.json", "--config", "config.yaml", "--output-path", "numeral_client"]
    run(folder, *generate, *files)
    asked = [
        {
            "operation": said["operationId"],
            "places": {name: value for name, value in PLACES.items() if f"{{{name}}}" in path},
            "schema": schema,
            "body": example,
        }
        for path, said, schema, examples in operations(api)
        for example in examples
    ]
    (folder / "asked.json").write_text(json.dumps(asked))
    answers = json.loads(run(folder, sys.executable, DOUBLES / "generated_client.py", server.url))
    assert len(answers) == len(asked) > 12
    assert [answer["kept"] for answer in answers] == [True] * len(asked)
    assert {answer["status"] for answer in answers} == {200}
    for answer in answers:
        assert best(answer["said"]) == 7, answer


def best(said: dict) -> int:
    """The class that an answer of any protocol is for."""
    if "results" in said:
        return int(max(said["results"][0], key=lambda each: each[1])[0])
    if "outputs" in said and isinstance(said["outputs"][0], dict):
        values = {output["name"]: output["data"] for output in said["outputs"]}
        assert values["labels"] == ["7"]
        return values["predictions"][0]
    if "model" in said:
        return said.get("predictions", said.get("classes"))[0]
    (rows,) = said.values()
    return rows[0].index(max(rows[0]))


def test_the_client_of_openapi_typescript_is_of_the_right_types_and_answered_everywhere(server, folder, api):
    node_modules = folder / "node_modules"
    run(folder, node_modules / ".bin/openapi-typescript", "openapi.json", "--output", "numeral.d.ts")
    calls = [
        f"await ask(client.POST({json.dumps(path)}, {{ params: {{ path: {json.dumps(places)} }}, "
        f"body: {json.dumps(example)} }}));"
        if (places := {name: value for name, value in PLACES.items() if f"{{{name}}}" in path})
        else f"await ask(client.POST({json.dumps(path)}, {{ body: {json.dumps(example)} }}));"
        for path, _, _, examples in operations(api)
        for example in examples
    ]
    head = (
        (DOUBLES / "generated_client.mts")
        .read_text(encoding="utf-8")
        .replace("URL_OF_THE_SERVER", server.url)
    )
    (folder / "client.mts").write_text("\n".join([head, *calls, "console.log(JSON.stringify(answers));\n"]))
    options = ["--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck"]
    run(folder, node_modules / ".bin/tsc", *options, "client.mts")
    answers = json.loads(run(folder, "node", "client.mjs"))
    assert len(answers) == len(calls) > 12
    for answer in answers:
        assert best(answer) == 7, answer
