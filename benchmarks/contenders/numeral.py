"""Numeral: the service, under every way to start it that the documentation has."""

import subprocess
from dataclasses import replace
from pathlib import Path

from benchmarks.contenders.contender import OWN_LOADS, ROOT, Contender

CONFIGURATION = "service/gunicorn.conf.py"
APPLICATION = "service.app:from_environment()"
WORKERS = 2
IMAGE, DOCKER = "numeral-service", ("docker",)
# as docker-compose.yml has it, but for the network: to forward ports is the engine's work, not the service's
IMAGE_RUN = (
    *(*DOCKER, "run", "--rm", "--init", "--network=host", "--read-only", "--tmpfs=/tmp:size=128m"),
    *("--cap-drop=ALL", "--security-opt=no-new-privileges", "--env=NUMERAL_HOST=127.0.0.1"),
)


def settings(port: int) -> dict[str, str]:
    """Return what the environment says to every Numeral: no word about threads of BLAS."""
    return {"NUMERAL_PORT": str(port), "NUMERAL_WORKERS": str(WORKERS)}


NUMERAL = Contender(
    "**Numeral**", lambda python, _: [python, "-m", "service"], OWN_LOADS, "/readyz", settings
)
MODULE = replace(NUMERAL, name="`python -m service`")
GUNICORN = replace(
    NUMERAL,
    name=f"`gunicorn --config {CONFIGURATION}`",
    command=lambda python, _: [
        *(str(Path(python).with_name("gunicorn")), "--config", str(ROOT / CONFIGURATION)),
        APPLICATION,
    ],
)
MAKE = replace(
    NUMERAL,
    name="`make run`",
    command=lambda python, _: [
        *("make", "--directory", str(ROOT), "--assume-old", ".venv/run"),  # nothing is installed now
        *(f"BIN={Path(python).parent}", "run"),
    ],
)
CONTAINER = replace(  # the folder that a contender is started in is the registry
    NUMERAL,
    name="the container",
    command=lambda _, port: [
        *IMAGE_RUN,
        *(f"--env={name}={value}" for name, value in settings(port).items()),
        *("--volume=./:/app/var/registry:ro", IMAGE),
    ],
)


def build_image() -> str | None:
    """Build the service's image.

    Returns:
        None, or a sentence that says why there is no container to measure.
    """
    try:
        engine = subprocess.run([*DOCKER, "info"], capture_output=True, check=False)
    except FileNotFoundError:
        return "Docker is not installed, so the container was not measured."
    if engine.returncode:
        return "No Docker engine answered, so the container was not measured."
    build = subprocess.run([*DOCKER, "compose", "build", "service"], cwd=ROOT, check=False)
    return "The image could not be built, so the container was not measured." if build.returncode else None
