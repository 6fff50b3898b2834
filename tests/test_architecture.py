"""Who may import whom: every import of every file is on its package's list."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = {
    "model": {"model", "numpy", "orjson", "simdjson"},
    "pipeline": {
        "model",
        "report",
        "pipeline",
        "numpy",
        "prefect",
        "prefect_dask",
        "distributed",
        "httpx",
        "starlette",
        "uvicorn",
        "pydantic",
        "requests",
        "urllib3",
        "rich",
        "PIL",
        "threadpoolctl",
    },
    "report": {"model", "report", "numpy", "jinja2", "markupsafe", "PIL"},
    "service": {
        "model",
        "report",
        "service",
        "numpy",
        "orjson",
        "flask",
        "markupsafe",
        "werkzeug",
        "gevent",
        "gunicorn",
        "prometheus_client",
        "threadpoolctl",
        "PIL",
    },
}
EXTRA = {"pipeline/digits/make.py": {"sklearn"}}
MATHEMATICS = (
    "activations",
    "backprop",
    "costs",
    "initialisation",
    "metrics",
    "network",
    "optimizers",
    "parameters",
    "schedules",
    "training",
)
FILES = sorted(
    path.relative_to(ROOT).as_posix() for package in ALLOWED for path in (ROOT / package).rglob("*.py")
)


def imported_modules(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            modules.add(node.module)
    return modules


@pytest.mark.parametrize("path", FILES)
def test_a_file_imports_only_what_its_package_may(path):
    allowed = ALLOWED[path.split("/")[0]] | EXTRA.get(path, set()) | sys.stdlib_module_names
    foreign = {module for module in imported_modules(path) if module.split(".")[0] not in allowed}
    assert not foreign


@pytest.mark.parametrize("room", MATHEMATICS)
def test_the_mathematics_knows_nothing_of_files_or_formats(room):
    foreign = {"os", "pathlib", "io", "orjson", "simdjson", "model.format", "model.registry", "model.durable"}
    assert not imported_modules(f"model/{room}.py") & foreign


@pytest.mark.parametrize("path", FILES)
def test_no_pickle_eval_or_dynamic_import(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"eval", "exec", "compile", "__import__"}
    assert not imported_modules(path) & {"pickle", "marshal", "shelve", "importlib"}


@pytest.mark.parametrize("path", FILES)
def test_no_broad_except(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    caught = [node.type for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    assert not any(kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in caught)


@pytest.mark.parametrize("path", FILES)
def test_the_layout_of_the_registry_is_known_to_the_registry_alone(path):
    if not path.startswith("model/"):
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not any(name in text for name in ("model.json", "manifest.json", "aliases.json", "log.jsonl"))
