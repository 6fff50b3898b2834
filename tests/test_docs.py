"""The documents tell the truth: commands run, examples are answered, tables are the code's."""

import json
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from gunicorn.config import Config

from model import __main__ as model_command
from model.document.document import Document
from model.document.format import decode
from model.network.network import predicted_classes
from model.registry.registry import CHAMPION, Registry
from model.settings import PREFIX, Settings
from pipeline import __main__ as pipeline_command
from pipeline.data.dataset.subsets import stratified
from pipeline.training.fit import fit
from pipeline.training.recipes import SMALL
from service.observability import metrics

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (ROOT / "docs").glob("*.md")
)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(beginning):
    """Every command in the documents' sh blocks that begins like this, without its settings and comment."""
    lines = [
        re.sub(r"^(NUMERAL_\w+=\S+ )+", "", line.split("  #")[0].split(" # ")[0].strip())
        for document in DOCUMENTS
        for language, text in BLOCK.findall(document.read_text(encoding="utf-8"))
        for line in text.splitlines()
        if language == "sh"
    ]
    return sorted({line for line in lines if line.startswith(beginning)})


def examples():
    """Every curl command of the documents with the JSON block that follows it."""
    pairs = []
    for document in DOCUMENTS:
        blocks = BLOCK.findall(document.read_text(encoding="utf-8"))
        for (language, text), (next_language, answer) in pairwise(blocks):
            if language == "sh" and text.startswith("curl") and next_language == "json":
                pairs.append((text.strip(), json.loads(answer)))
    return pairs


@pytest.fixture(scope="module")
def served_digits(digits, tmp_path_factory):
    """A registry whose champion has learned the bundled digits."""
    registry = Registry(tmp_path_factory.mktemp("docs") / "registry", "mnist")
    parts = stratified(digits.learning, 120, np.random.default_rng(0))
    network = fit(SMALL, digits, *parts, seed=0).network
    registry.publish(Document("mnist", "2026-01-02T03:04:05.678Z", network, digits.classes), "test")
    registry.point(CHAMPION, 1, "test")
    return registry


def same_but_for_decimals(said, came):
    """The same JSON, where `…` stands for any text and a probability is told to two places."""
    if isinstance(said, dict):
        return said.keys() == came.keys() and all(same_but_for_decimals(said[key], came[key]) for key in said)
    if isinstance(said, list):
        return len(said) == len(came) and all(map(same_but_for_decimals, said, came))
    if isinstance(said, float):
        return abs(said - came) < 0.05
    return said in ("…", came)


def test_every_curl_example_gets_the_answer_that_stands_below_it(served_digits, serve):
    server = serve(served_digits._folder.parent)
    assert len(examples()) >= 4
    for command, expected in examples():
        asked = shlex.split(command.replace("http://127.0.0.1:8000", server.url))
        answer = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True).stdout
        assert same_but_for_decimals(expected, json.loads(answer)), f"{command}\n{answer}"


def test_the_python_example_gets_an_answer(served_digits, serve):
    server = serve(served_digits._folder.parent)
    blocks = BLOCK.findall((ROOT / "docs/http-api.md").read_text(encoding="utf-8"))
    (code,) = [text for language, text in blocks if language == "python"]
    command = [sys.executable, "-c", code.replace(":8000", f":{server.port}")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert sum(map(float, printed.strip("[] \n").split())) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("command", commands(".venv/bin/python -m "))
def test_every_python_command_is_one_that_is_understood(command):
    _, _, package, *arguments = shlex.split(command)
    if package == "gunicorn":
        assert Config().parser().parse_args(arguments).args == ["service.app:from_environment()"]
        return
    parser = {"model": model_command, "pipeline": pipeline_command}[package]._parser()
    assert parser.parse_args(arguments).command


@pytest.mark.parametrize("command", commands("make "))
def test_every_make_command_is_a_target(command):
    subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, check=True)


def test_the_table_of_settings_is_the_code_s():
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(NUMERAL_\w+)` \| .* \| (.*) \|$", text, re.MULTILINE))
    assert told == {PREFIX + field.name.upper(): field.metadata["meaning"] for field in fields(Settings)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_setting_that_is_named_is_one(document):
    named = re.findall(rf"\b{PREFIX}[A-Z]\w+", document.read_text(encoding="utf-8"))
    assert set(named) <= {PREFIX + field.name.upper() for field in fields(Settings)}


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: field.name)
def test_the_table_gives_every_default(field):
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    (told,) = re.findall(rf"^\| `{PREFIX}{field.name.upper()}` \| (.*) \| ", text, re.MULTILINE)
    mirrors = dict.fromkeys(("mnist_mirrors", "fashion_mnist_mirrors"), "the two public ones")
    none = dict.fromkeys(("root_path", "cors_origins"), "none")
    cores = {"cores": "all that machine and container give", "workers": "one a core"}
    in_words = {"actor": "user@host", **cores, **none, **mirrors}
    assert told == in_words.get(field.name, f"`{field.default}`")


def test_the_example_of_the_format_is_a_document_that_solves_xor():
    text = (ROOT / "docs/model-format.md").read_text(encoding="utf-8")
    ((_, example),) = BLOCK.findall(text)
    document = decode(example.encode())
    X = np.float32([[0, 0, 1, 1], [0, 1, 0, 1]])
    assert predicted_classes(document.network.forward(X)).tolist() == [0, 1, 1, 0]


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 80


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document):
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8"))
    assert all((document.parent / link).exists() for link in links if not link.startswith("http"))


def test_every_metric_is_in_the_table_and_no_other():
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(numeral_\w+?)(?:_total)?(?:\{.*?\})?` \|", text, re.MULTILINE))
    names = {
        value._name
        for value in vars(metrics).values()
        if hasattr(value, "_name") and hasattr(value, "collect")
    }
    assert told == names


@pytest.mark.parametrize("equation", ["BP1", "BP2", "BP3", "BP4"])
def test_an_equation_s_line_of_code_is_the_one_that_computes_it(equation):
    text = (ROOT / "docs/backpropagation.md").read_text(encoding="utf-8")
    code = (ROOT / "model/training/backprop.py").read_text(encoding="utf-8")
    (line,) = re.findall(rf"^\| {equation} \| `.*?` \| `(.*?)` \|", text, re.MULTILINE)
    assert f"{line}  # {equation}\n" in code
