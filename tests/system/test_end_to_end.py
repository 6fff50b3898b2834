"""The two commands as their users run them: train with `python -m pipeline`, ask `python -m service`."""

import json
import os
import sqlite3
import subprocess
import sys
from base64 import b64decode
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import requests

from model.registry.registry import Registry
from pipeline.data.formats.mnist import load_mnist
from pipeline.training.evaluate import evaluate

BROWSER = {"Accept": "text/html"}

ROOT = Path(__file__).parents[2]
NO_MIRROR = "http://127.0.0.1:9/"


@pytest.fixture
def pipeline(tmp_path):
    """Run `python -m pipeline` with a registry, data and Prefect's state of its own."""

    def run(*arguments, **settings):
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("NUMERAL_", "PREFECT_"))
        }
        environment |= {
            "NUMERAL_REGISTRY": str(tmp_path / "registry"),
            "NUMERAL_DATA": str(tmp_path / "data"),
        }
        environment |= {"PREFECT_HOME": str(tmp_path / "prefect"), **settings}
        command = [sys.executable, "-m", "pipeline", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def registry(tmp_path):
    return Registry(tmp_path / "registry", "mnist")


@pytest.mark.slow
def test_without_a_mirror_the_bundled_digits_are_served_and_it_is_said(pipeline, registry, serve, tmp_path):
    result = pipeline("run", "--fallback", NUMERAL_MNIST_MIRRORS=NO_MIRROR)
    assert result.returncode == 0, result.stderr
    assert "NOT MNIST: trained on the bundled digits" in result.stderr
    document, _ = registry.load(registry.resolve("champion"))
    assert document.dataset["name"] == "digits"
    assert "MNIST could not be downloaded" in document.lineage["notes"][0]

    server = serve(tmp_path / "registry")
    model = requests.get(server.url + "/model", timeout=60).json()
    assert (model["dataset"]["name"], model["lineage"]["notes"]) == ("digits", document.lineage["notes"])
    assert "trained on the bundled digits" in requests.get(server.url, headers=BROWSER, timeout=60).text
    assert "trained on the bundled digits" in server.stop()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "setting"),
    [
        ((), "NUMERAL_MNIST_MIRRORS"),
        (("--dataset", "fashion-mnist", "--fallback"), "NUMERAL_FASHION_MNIST_MIRRORS"),
    ],
    ids=["no-fallback", "digits-are-none-for-clothes"],
)
def test_without_a_mirror_and_a_fallback_nothing_is_published(pipeline, registry, options, setting):
    result = pipeline("run", *options, **{setting: NO_MIRROR})
    assert result.returncode == 1
    assert "python -m pipeline: train-images-idx3-ubyte: no mirror gave the file" in result.stderr
    assert f"name a mirror in {setting}\n" in result.stderr
    assert "Traceback" not in result.stderr
    assert registry.versions() == []


@pytest.mark.slow
def test_a_run_leaves_its_tables_and_log_lines_with_prefect(pipeline, registry, tmp_path):
    result = pipeline("run", "--dataset", "digits", "--seed", "3")
    assert result.returncode == 0, result.stderr
    assert "mnist version 1 is champion: accuracy 9" in result.stdout
    assert "training digits: 100 of 100 epochs, cost 0." in result.stderr
    with closing(sqlite3.connect(tmp_path / "prefect" / "prefect.db")) as database:
        artifacts = dict(database.execute("SELECT key, data FROM artifact WHERE key IS NOT NULL"))
        ((flow_run,),) = database.execute("SELECT id FROM flow_run")
        tasks = [name for (name,) in database.execute("SELECT name FROM task_run ORDER BY start_time")]
    steps = ["download", "load", "split", "train", "evaluate", "gate", "report", "publish"]
    assert [name.split("-")[0] for name in tasks] == steps
    assert "accuracy" in artifacts["metrics"]
    assert "predicted | 0 | 1 | 2" in artifacts["confusion-table"]
    for chart in ("learning-cost", "learning-accuracy", "confusion", "classes", "calibration"):
        form, _, content = json.loads(artifacts[chart]).partition(",")
        assert form == "data:image/svg+xml;base64"
        assert b64decode(content).startswith(b"<svg")
    assert registry.load(1)[0].lineage["flow_run"] == flow_run


@pytest.mark.slow
def test_a_part_of_a_table_is_learned_and_served_under_its_own_name(pipeline, serve, tmp_path):
    rng = np.random.default_rng(0)
    kinds = {"Setosa": 0.2, "versicolor": 0.5, "virginica": 0.8}
    flowers = [
        (rng.normal(size, 0.03, 4).clip(0, 1), kind) for kind, size in kinds.items() for _ in range(50)
    ]
    lines = [",".join(f"{number:.2f}" for number in numbers) + f",{kind}" for numbers, kind in flowers]
    (tmp_path / "iris.csv").write_text("\n".join(["a,b,c,d,class", *lines]))
    options = ("--dataset", f"csv:{tmp_path / 'iris.csv'}", "--classes", "virginica,Setosa", "--seed", "0")
    result = pipeline("run", *options, NUMERAL_MODEL="iris")
    assert result.returncode == 0, result.stderr
    assert "iris version 1 is champion: accuracy 100.00%" in result.stdout

    server = serve(tmp_path / "registry", model="iris")
    batch = {"instances": [[0.2] * 4, [0.8] * 4]}
    assert requests.post(server.url + "/predict", json=batch, timeout=60).json()["labels"] == [
        "Setosa",
        "virginica",
    ]
    model = requests.get(server.url + "/model", timeout=60).json()
    assert (model["input"]["shape"], model["classes"]) == ([4], ["virginica", "Setosa"])
    assert (model["training"]["recipe"], model["training"]["classes"]) == ("small", model["classes"])
    sizes = model["dataset"]["sizes"]
    assert (model["dataset"]["name"], sum(sizes.values())) == ("csv:iris.csv", 100)
    assert 10 <= sizes["test"] <= 30, "about a fifth"
    assert "tells virginica, Setosa apart" in requests.get(server.url, headers=BROWSER, timeout=60).text


@pytest.mark.mnist
@pytest.mark.slow
def test_mnist_is_learned_and_every_answer_is_the_evaluation_s(
    pipeline, registry, serve, mnist_folder, tmp_path
):
    result = pipeline("run", "--seed", "0", NUMERAL_MNIST_MIRRORS=os.environ["NUMERAL_MNIST_MIRRORS"])
    assert result.returncode == 0, result.stderr
    document, _ = registry.load(1)
    assert document.metrics["accuracy"] >= 0.98
    assert document.dataset["sizes"] == {"train": 55_000, "validation": 5_000, "test": 10_000}

    test = load_mnist(mnist_folder).test
    expected = evaluate(document.network, test).predicted
    assert document.metrics["accuracy"] == np.mean(expected == test.true_classes())
    server = serve(tmp_path / "registry")
    pixels = test.images.tolist()
    with requests.Session() as session:
        for size in (1, 64, 1000):
            answered = []
            for start in range(0, len(pixels), size):
                batch = {"instances": pixels[start : start + size], "max_value": 255}
                answered += session.post(server.url + "/predict", json=batch, timeout=60).json()[
                    "predictions"
                ]
            assert answered == expected.tolist(), f"in batches of {size}"
