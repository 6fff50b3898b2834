"""Data of other shapes than MNIST's goes all the way: read, learned, published, served."""

import dataclasses
import json

import numpy as np
import pytest
from files import write_csv, write_idx, write_npz

from model.registry.registry import CHAMPION
from model.settings import Settings
from pipeline.data.dataset.datasets import only
from pipeline.data.dataset.subsets import divided
from pipeline.data.sources import load
from pipeline.release.metadata import document_of, lineage_facts
from pipeline.training.evaluate import evaluate
from pipeline.training.fit import fit
from pipeline.training.recipes import NIELSEN, SMALL
from service.app import create_app
from service.serving.servable import Champion


@pytest.fixture
def learn(registry):
    """Train on a data set for some epochs and make it champion, as the flow does but for the gate."""

    def learn_and_publish(dataset, recipe=SMALL):
        recipe = dataclasses.replace(recipe, epochs=10, validation_order="random")
        parts = divided(dataset.learning, recipe.validation_share, 0, recipe.validation_order)
        fitted = fit(recipe, dataset, *parts, 0)
        evaluation = evaluate(fitted.network, dataset.test)
        facts = lineage_facts(None, None, [])
        version = registry.publish(
            document_of("mnist", dataset, parts, fitted, evaluation, facts), "test"
        ).version
        registry.point(CHAMPION, version, "test")
        return evaluation

    return learn_and_publish


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """What `/predict` answers about instances."""
    monkeypatch.setattr(Champion, "watch", lambda *_: None)

    def post(instances, **more):
        client = create_app(Settings(registry=tmp_path / "registry")).test_client()
        answer = client.post("/predict", json={"instances": instances, **more})
        assert answer.status_code == 200, answer.json
        return answer.json

    return post


def pictures(shape, classes, count, greatest):
    """Noise that is brighter in a stripe of its own for each class."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % classes
    images = rng.random((count, *shape)) * 0.2
    images[np.arange(count), labels] += 0.8
    return images * greatest, labels


def test_bytes_of_8_by_8_with_three_classes(learn, ask, tmp_path):
    images, labels = pictures((8, 8), 3, 120, 255)
    images = images.astype(np.uint8)
    names = np.array(["up", "middle", "down"])[labels]
    path = write_npz(tmp_path / "stripes.npz", x=images, y=names)
    assert learn(load(f"npz:{path}", path)).metrics.accuracy == 1
    answers = [
        ask(images[:9].tolist(), max_value=255),
        ask(images[:9].reshape(9, 64).tolist(), max_value=255),
    ]
    assert [answer["labels"] for answer in answers] == [names[:9].tolist()] * 2
    assert answers[0]["probabilities"] == answers[1]["probabilities"]


def test_fractions_of_three_dimensions(learn, ask, tmp_path):
    images, labels = pictures((4, 5, 3), 2, 80, 1)
    arrays = {"x_train": images[:60], "y_train": labels[:60], "x_test": images[60:], "y_test": labels[60:]}
    path = write_npz(tmp_path / "colours.npz", **arrays)
    assert learn(load(f"npz:{path}", path)).metrics.accuracy == 1
    assert ask(images[:6].tolist())["predictions"] == labels[:6].tolist()


def test_a_folder_of_idx_with_other_labels(learn, ask, tmp_path):
    images, labels = pictures((8, 8), 4, 160, 255)
    images, labels = images.astype(np.uint8), labels.astype(np.uint8) + 10
    parts = {"train_images": images, "train_labels": labels, "t10k_images": images, "t10k_labels": labels}
    folder = write_idx(tmp_path / "letters", packed=True, **parts)
    assert learn(load(f"idx:{folder}", folder)).metrics.accuracy == 1
    assert ask(images[:4].tolist(), max_value=255)["labels"] == ["10", "11", "12", "13"]


def test_two_classes_of_a_table_share_one_sigmoid(learn, ask, registry, tmp_path):
    rows = [(label, *(round(0.2 + 0.3 * label + 0.01 * step, 2) for step in range(4))) for label in (0, 1, 2)]
    path = write_csv(tmp_path / "t.csv", "\n".join(",".join(map(str, row)) for row in rows * 30))
    learn(only(load(f"csv:{path}", path), ("2", "0")), dataclasses.replace(NIELSEN, seed=0))
    assert registry.load(1)[0].network.sizes == (4, 30, 1)
    assert ask([[0.8] * 4, [0.2] * 4])["labels"] == ["2", "0"]


def test_a_table_s_columns_are_found_by_their_names(tmp_path, learn, monkeypatch):
    rng = np.random.default_rng(3)
    rows = rng.random((200, 3)).round(3)
    lines = [f"{'high' if row[2] > row[0] else 'low'},{','.join(map(str, row))}" for row in rows]
    path = write_csv(tmp_path / "t.csv", "\n".join(["label,alpha,beta,gamma", *lines]))
    learn(load(f"csv:{path}", path))
    monkeypatch.setattr(Champion, "watch", lambda *_: None)
    client = create_app(Settings(registry=tmp_path / "registry")).test_client()

    def answer(**record):
        content = json.dumps({"dataframe_records": [record]})  # in the order given
        return client.post("/invocations", data=content, content_type="application/json").json

    high = answer(alpha=0.1, beta=0.5, gamma=0.9)["predictions"][0]
    assert high[0] > 0.9
    assert answer(gamma=0.9, alpha=0.1, beta=0.5)["predictions"][0] == high
    assert "unknown: 'foo'" in answer(foo=0.1, beta=0.5, gamma=0.9)["message"]
