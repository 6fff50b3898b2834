"""Which Pythons there is everything for: wheels of every pin, and what the Makefile says of others."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PIP = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
LARGE = {"torch"}  # hundreds of megabytes, for the benchmarks alone
OLD_AND_NEW = """#!/bin/sh
exec {python} -c 'import sys; sys.version_info = ({version}, 0); exec(sys.argv[1])' "$2"
"""


def pins(version):
    """What constraints.txt has for a version of Python."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    python = {"python_version": version, "python_full_version": f"{version}.0"}
    return {pin.name: str(pin.specifier) for pin in pins if pin.marker is None or pin.marker.evaluate(python)}


def download(version, requirements, folder):
    """Ask pip for wheels alone."""
    command = [*PIP, "--only-binary=:all:", "--python-version", version, "--dest", str(folder), *requirements]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def made(python, folder):
    """What the Makefile says with such a Python, before it makes an environment."""
    (folder / "python").write_text(OLD_AND_NEW.format(python=sys.executable, version=python))
    (folder / "python").chmod(0o755)
    command = ["make", "--file", str(ROOT / "Makefile"), ".venv/bin/python", "PYTHON=./python"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_every_pin_has_a_wheel(version, tmp_path):
    wanted = [name + versions for name, versions in pins(version).items() if name not in LARGE]
    assert len(wanted) > 150
    result = download(version, wanted, tmp_path)
    assert result.returncode == 0, result.stderr[-2000:]
    assert len(list(tmp_path.glob("*.whl"))) == len(wanted)


@pytest.mark.slow
def test_what_is_said_to_be_missing_is_missing(tmp_path):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (names, version) = re.search(r"\(([\w., ]+) have no wheels for ([\d.]+) yet\)", makefile).groups()
    for name in re.split(", | and ", names):
        result = download(version, [name + pins(version)[name]], tmp_path)
        assert "No matching distribution" in result.stderr, name


@pytest.mark.parametrize("version", ["3, 10", "3, 15", "4, 0"])
def test_another_python_is_told_which_it_must_be(version, tmp_path):
    result = made(version, tmp_path)
    assert result.returncode != 0
    assert "Numeral needs Python 3.11 to 3.14 (greenlet, orjson" in result.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("version", ["3, 11", "3, 14"])
def test_a_python_that_there_is_everything_for_is_taken(version, tmp_path):
    assert "Numeral needs" not in made(version, tmp_path).stderr
