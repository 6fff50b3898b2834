"""What the compose file, the Dockerfile, the code and the documents say is the same."""

import json
import os
import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from model import VERSION
from model.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
OWN = {"NUMERAL_HOST", "NUMERAL_PORT", "NUMERAL_REGISTRY", "NUMERAL_DATA"}


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


@pytest.mark.parametrize("name", ["service", "pipeline"])
def test_every_setting_reaches_the_container(services, name):
    environment = {
        key: value for key, value in services[name]["environment"].items() if key.startswith(PREFIX)
    }
    assert set(environment) == {PREFIX + field.name.upper() for field in fields(Settings)}
    for key, value in environment.items():
        assert key in OWN or value is None or value.startswith(f"${{{key}:-"), key
    assert services[name]["env_file"] == [{"path": ".env", "required": False}]


@pytest.mark.compose
@pytest.mark.parametrize("name", ["service", "pipeline"])
def test_compose_gives_the_containers_what_the_environment_and_a_file_say(name, tmp_path):
    (tmp_path / ".env").write_text("NUMERAL_MAX_ROWS=5\nNUMERAL_PORT=9\nNUMERAL_TYPO=1\nPORT=8123\n")
    clean = {key: value for key, value in os.environ.items() if not key.startswith((PREFIX, "COMPOSE_"))}
    files = ("--project-directory", str(tmp_path), "--file", str(ROOT / "docker-compose.yml"))
    try:
        subprocess.run(["docker", "compose", "version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no Compose v2 answers: {error}")
    printed = subprocess.run(
        ["docker", "compose", *files, "config", "--format", "json"],
        env=clean | {"NUMERAL_MODEL": "iris", "USER": "eve"},
        capture_output=True,
        check=True,
    ).stdout
    services = json.loads(printed)["services"]
    environment = services[name]["environment"]
    assert (environment["NUMERAL_MODEL"], environment["NUMERAL_MAX_ROWS"]) == ("iris", "5")
    assert environment["NUMERAL_ACTOR"] == "eve"
    assert environment["NUMERAL_TYPO"] == "1", "the container refuses it, with a sentence"
    assert environment["NUMERAL_PORT"] == "8000", "this one is the container's own"
    assert services["service"]["ports"][0]["published"] == "8123"


def test_images_are_tagged_with_the_version(services):
    for name in ("service", "pipeline"):
        assert services[name]["build"]["tags"] == [f"${{COMPOSE_PROJECT_NAME}}-{name}:{VERSION}"]
    assert f"ARG VERSION={VERSION}\n" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_every_variable_of_the_compose_file_is_documented():
    used = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert used - {"COMPOSE_PROJECT_NAME"} <= set(re.findall(r"`(\w+)`", text))


def test_what_a_machine_sets_for_itself_is_ignored_by_git():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {".env", "docker-compose.override.*", "compose.override.*"} <= set(ignored)
