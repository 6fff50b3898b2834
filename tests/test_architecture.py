"""Who may import whom: the table of arrows, and what else keeps each sub-package simple.

A sub-package imports what its line of ARROWS names, and nothing else of the project; what a line names stands
above it, so that there is no way back. An entry is a folder, or a module where it stands alone.
"""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ARROWS = {
    # the network and its document
    "model.__init__": "",
    "model.errors": "",
    "model.arrays": "numpy",
    "model.timestamps": "",
    "model.redaction": "",
    "model.cores": "",
    "model.parent_process": "",
    "model.settings": "model.errors model.cores model.redaction",
    "model.preprocessing": "model.arrays numpy PIL",
    "model.network": "model.arrays numpy",
    "model.training": "model.errors model.arrays model.parent_process model.network numpy",
    "model.evaluation": "model.arrays model.network model.training numpy",
    "model.document": "model.errors model.arrays model.timestamps model.network model.evaluation"
    " numpy orjson simdjson",
    "model.registry": "model.errors model.timestamps model.document orjson",
    "model.__main__": "model.errors model.settings model.document model.registry orjson",
    # a version as pictures and tables
    "report.__init__": "",
    "report.charts": "model.arrays numpy PIL",
    "report.values": "model.errors model.document model.registry",
    "report.sections": "model.document report.charts report.values numpy",
    "report.version_report": "model.document report.values report.sections jinja2 markupsafe",
    "report.versions_overview": "model.registry report.charts report.values report.sections"
    " report.version_report markupsafe",
    # from pixels to a published version
    "pipeline.__init__": "model.errors",
    "pipeline.progress": "rich",
    "pipeline.interruption": "",
    "pipeline.data.dataset": "model.errors model.arrays model.document numpy",
    "pipeline.data.download": "model.errors model.redaction model.settings model.registry pipeline.progress"
    " requests urllib3",
    "pipeline.data.formats": "model.errors model.arrays pipeline.data.dataset numpy",
    "pipeline.data.digits": "model.arrays pipeline.data.dataset pipeline.data.formats numpy PIL",
    "pipeline.data": "model.settings pipeline.data.dataset pipeline.data.download pipeline.data.formats"
    " pipeline.data.digits",
    "pipeline.augmentation": "model.arrays model.training pipeline.data.dataset numpy",
    "pipeline.ensemble": "model.arrays model.network model.training pipeline.data.dataset"
    " pipeline.augmentation numpy",
    "pipeline.training": "model.errors model.arrays model.settings model.network model.training"
    " model.evaluation model.registry pipeline.progress pipeline.data.dataset pipeline.augmentation"
    " pipeline.ensemble numpy threadpoolctl",
    "pipeline.release": "model.errors model.arrays model.timestamps model.settings model.evaluation"
    " model.document model.registry pipeline.data.dataset pipeline.ensemble pipeline.training numpy PIL",
    "pipeline.prefect_server": "model.errors model.redaction model.parent_process"
    " prefect httpx starlette uvicorn",
    "pipeline.dask_runner": "model.errors prefect_dask distributed",
    "pipeline.task_runners": "model.errors pipeline.dask_runner prefect distributed",
    "pipeline.health": "model.registry",
    "pipeline.flow": "model.settings model.document model.registry report.version_report"
    " pipeline.interruption pipeline.data pipeline.data.dataset pipeline.data.download pipeline.ensemble"
    " pipeline.training pipeline.release prefect pydantic",
    "pipeline.schedule": "model.errors model.settings pipeline.interruption pipeline.data"
    " pipeline.prefect_server pipeline.health pipeline.flow prefect pydantic",
    "pipeline.__main__": "model.errors model.settings model.registry report.version_report"
    " pipeline.interruption pipeline.data pipeline.data.dataset pipeline.training pipeline.prefect_server"
    " pipeline.task_runners pipeline.flow pipeline.schedule",
    # from a request to an answer
    "service.__init__": "",
    "service.observability": "flask gevent gunicorn orjson prometheus_client threadpoolctl",
    "service.responses": "flask orjson",
    "service.errors": "model.errors service.observability service.responses flask werkzeug",
    "service.http": "model.errors model.settings service.errors flask werkzeug",
    "service.event_loop": "gevent",
    "service.images": "model.arrays model.preprocessing model.document service.errors service.event_loop"
    " numpy PIL",
    "service.inputs": "model.arrays model.document service.errors service.images numpy orjson",
    "service.serving": "model.errors model.arrays model.settings model.network model.document model.registry"
    " service.observability service.errors service.http service.event_loop service.inputs"
    " flask gevent gunicorn numpy",
    "service.api_documentation": "service.errors service.serving flask orjson werkzeug",
    "service.protocols.open_inference": "model.__init__ model.arrays model.document service.observability"
    " service.responses service.errors service.http service.inputs service.serving"
    " service.api_documentation flask numpy",
    "service.protocols": "model.__init__ model.arrays model.network model.evaluation model.document"
    " service.observability service.responses service.errors service.http service.images service.inputs"
    " service.serving service.api_documentation service.protocols.open_inference flask numpy orjson",
    "service.pages": "model.errors model.document model.registry report.values report.version_report"
    " report.versions_overview service.responses service.errors service.images service.serving"
    " service.api_documentation flask markupsafe",
    "service.routes": "model.registry service.observability service.responses service.serving"
    " service.api_documentation service.pages flask",
    "service.app": "model.settings model.registry service.observability service.errors service.http"
    " service.event_loop service.serving service.protocols service.pages service.routes"
    " flask gevent werkzeug",
    "service.worker": "service.event_loop gevent gunicorn orjson",
    "service.gunicorn.conf": "service.observability service.http service.worker prometheus_client",
    "service.__main__": "model.__init__ model.errors model.settings model.registry service.http gunicorn",
}
PACKAGES = ("model", "report", "pipeline", "service")
SCRIPTS = {"pipeline.data.digits.make": {"sklearn"}}  # nothing imports it
MATHEMATICS = ("model/network", "model/training", "model/evaluation")
PROCESSES = "model/training/process_group.py"  # divides the work; the mathematics is elsewhere
LAYOUT = ("model.json", "manifest.json", "aliases.json", "log.jsonl")
MOST_MODULES, MOST_LINES = 12, 200
LONGER = {  # modules that are to be divided
    "pipeline/__main__.py": 210,
    "pipeline/flow.py": 225,
    "pipeline/training/recipes.py": 250,
    "service/inputs/json_body.py": 215,
    "service/protocols/open_inference/__init__.py": 205,
    "service/serving/admission.py": 240,
}


def files_of(*folders: str) -> list[str]:
    return sorted(
        path.relative_to(ROOT).as_posix() for each in folders for path in (ROOT / each).rglob("*.py")
    )


def module_of(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


DOCUMENT = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(rf"`((?:{'|'.join(PACKAGES)})(?:\.\w+)+)`", DOCUMENT)))
FILES = files_of(*PACKAGES)
MODULES = {module_of(path) for path in FILES}
FOLDERS = sorted({path.rpartition("/")[0] for path in files_of(*PACKAGES, "benchmarks")})


def room_of(module: str) -> str:
    """The line of ARROWS that a module is under: the longest."""
    return max((room for room in ARROWS if f"{module}.".startswith(f"{room}.")), key=len, default=module)


def imported_names(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def imported_rooms(path: str) -> set[str]:
    """The sub-packages and libraries that a file imports, without its own."""
    rooms = set()
    for name in imported_names(path):
        package = name.split(".")[0]
        if package in PACKAGES:
            parent = name.rpartition(".")[0] or name
            found = (name, f"{name}.__init__", parent, f"{parent}.__init__")
            rooms.add(room_of(next(module for module in found if module in MODULES)))
        else:
            rooms.add(package)
    return rooms - {room_of(module_of(path))}


@pytest.mark.parametrize("path", FILES)
def test_a_file_imports_only_what_its_sub_package_may(path):
    module = module_of(path)
    allowed = {*ARROWS[room_of(module)].split(), *SCRIPTS.get(module, ())} | sys.stdlib_module_names
    assert imported_rooms(path) <= allowed


@pytest.mark.parametrize("room", ARROWS)
def test_what_a_sub_package_imports_stands_above_it(room):
    rooms = list(ARROWS)
    above = rooms[: rooms.index(room)]
    assert {each for each in ARROWS[room].split() if each.split(".")[0] in PACKAGES} <= set(above)


@pytest.mark.parametrize("room", ARROWS)
def test_every_arrow_is_used(room):
    used = [imported_rooms(path) for path in FILES if room_of(module_of(path)) == room]
    assert used, "there is no such sub-package"
    assert set(ARROWS[room].split()) <= set().union(*used)


@pytest.mark.parametrize("name", NAMED)
def test_what_the_document_names_is_there(name):
    path = ROOT / name.replace(".", "/")
    if not path.is_dir() and not path.with_suffix(".py").exists():
        tree = ast.parse(path.parent.with_suffix(".py").read_text(encoding="utf-8"))
        assert path.name in {getattr(node, "name", None) for node in tree.body}


def test_the_document_names_every_sub_package():
    rooms = {room for room in ARROWS if (ROOT / room.replace(".", "/")).is_dir()}
    within = {"pipeline.data", "service.protocols"}  # whose own sub-packages are theirs to tell
    assert {room for room in rooms if not {room.rpartition(".")[0]} & within} <= set(NAMED)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_has_twelve_modules_at_most(folder):
    modules = [path for path in (ROOT / folder).glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES


@pytest.mark.parametrize("path", files_of(*PACKAGES, "benchmarks"))
def test_a_module_has_200_lines_at_most(path):
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= LONGER.get(path, MOST_LINES)


@pytest.mark.parametrize("path", [path for path in files_of(*MATHEMATICS) if path != PROCESSES])
def test_the_mathematics_knows_nothing_of_files_or_formats(path):
    foreign = {"os", "pathlib", "io", "orjson", "simdjson", "model.document", "model.registry"}
    assert not imported_rooms(path) & foreign


@pytest.mark.parametrize("path", FILES)
def test_no_pickle_eval_or_dynamic_import(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"eval", "exec", "compile", "__import__"}
    assert not imported_names(path) & {"pickle", "marshal", "shelve", "importlib"}
    assert not imported_rooms(path) & {"pickle", "marshal", "shelve"}
    assert "importlib.import_module" not in imported_names(path)


@pytest.mark.parametrize("path", FILES)
def test_no_broad_except(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    caught = [node.type for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    assert not any(kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in caught)


@pytest.mark.parametrize("path", FILES)
def test_the_layout_of_the_registry_is_known_to_the_registry_alone(path):
    if not path.startswith(("model/registry/", "model/__main__.py")):
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not any(name in text for name in LAYOUT)
