"""Environments: where each contender's packages and code are, made at the first need."""

import io
import subprocess
import sys
import tarfile
import venv
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.contenders.contender import ROOT

ENVIRONMENTS, TREES = ROOT / "var/benchmarks/environments", ROOT / "var/benchmarks/trees"
PINS: Mapping[str, tuple[str, ...]] = {  # what pip installs into an environment for each peer
    "mlserver": ("mlserver==1.7.1", "uvloop<0.22"),  # newer ones have no loop in a new process
    "litserve": ("litserve==0.2.19",),
    "bentoml": ("bentoml==1.4.39",),
    "fastapi": (
        "fastapi==0.165.0",
        "uvicorn[standard]==0.54.0",
        "orjson==3.13.0",
        "pydantic==2.14.4",
        "prometheus-client==0.26.0",
    ),
    "mosec": ("mosec==0.9.8", "orjson==3.13.0"),
}
NUMERAL = "numeral"
OURS = ("--constraint", str(ROOT / "constraints.txt"), f"{ROOT}[service]")


def interpreter(package: str | None) -> str:
    """Return the interpreter of an environment that has the package and NumPy of our version."""
    if package is None:
        return sys.executable
    folder = ENVIRONMENTS / package
    python, stamp = folder / "bin/python", folder / "made"
    requirements = [f"numpy=={np.__version__}", *PINS.get(package, OURS)]
    wanted = "\n".join(requirements) + (_our_requirements() if package == NUMERAL else "")
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == wanted):
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *requirements], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return str(python)


def installed(package: str | None) -> float:
    """Return the MiB on disk of all packages that a contender needs; Python and pip do not count."""
    library = Path(interpreter(package or NUMERAL)).parents[1] / "lib"
    files = (path for path in library.rglob("*") if path.is_file() and "pip" not in path.parts)
    return sum(path.stat().st_size for path in files) / 2**20


def tree(commit: str) -> Path:
    """Return a folder with this repository's files as they were at a commit.

    Raises:
        SystemExit: the repository does not have the commit.
    """
    folder = TREES / commit
    if not folder.exists():
        TREES.mkdir(parents=True, exist_ok=True)
        command = ["git", "archive", "--format=tar", commit]
        archive = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        if archive.returncode:
            raise SystemExit(f"{commit}: expected a commit of this repository: {archive.stderr.decode()}")
        with TemporaryDirectory(dir=TREES) as place, tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
            tar.extractall(Path(place, "tree"), filter="data")
            Path(place, "tree").rename(folder)
    return folder


def _our_requirements() -> str:
    return "".join(
        (ROOT / name).read_text(encoding="utf-8") for name in ("pyproject.toml", "constraints.txt")
    )
