"""POST /explain: what in an image speaks for a class."""

import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from model.document.document import Input
from model.network.network import Network
from pipeline.data.dataset.subsets import stratified
from pipeline.training.fit import fit
from pipeline.training.recipes import SMALL
from service.protocols.explanation import AT_ONCE, MOST_ROWS

JSON = {"Content-Type": "application/json"}
MAPS = ("gradient", "gradient_times_input", "integrated_gradients", "inputs")


def ask(client, rows, query="", **more):
    content = json.dumps({"instances": np.asarray(rows).tolist(), **more})
    return client.post(f"/explain{query}", data=content, headers=JSON)


@pytest.fixture
def client(publish, make_app):
    publish()
    return make_app().test_client()


@pytest.fixture
def rows(rng):
    return rng.uniform(0, 1, (3, 784)).astype(np.float32).round(3)


def test_the_predicted_class_is_explained_where_none_is_named(client, rows):
    predicted = client.post("/predict", data=json.dumps({"instances": rows.tolist()}), headers=JSON).json
    answer = ask(client, rows).json
    assert answer["classes"] == predicted["predictions"]
    assert (answer["labels"], answer["against"], answer["model"]) == (
        predicted["labels"],
        None,
        predicted["model"],
    )


def test_every_map_has_a_number_for_each_pixel(client, rows):
    answer = ask(client, rows).json
    assert {name: np.shape(answer[name]) for name in MAPS} == dict.fromkeys(MAPS, (3, 784))
    gradient, product = np.array(answer["gradient"]), np.array(answer["gradient_times_input"])
    assert product == pytest.approx(gradient * rows, abs=1e-6)
    assert np.array(answer["inputs"]) == pytest.approx(rows)


def test_the_gradient_is_what_the_score_does_when_a_pixel_changes(client, rows):
    row = rows[:1].astype(np.float64)
    answer = ask(client, row, "?class=4").json
    for pixel in (17, 400, 555):
        step = np.zeros_like(row)
        step[0, pixel] = 0.02 if row[0, pixel] < 0.5 else -0.02
        moved = ask(client, row + step, "?class=4").json["scores"][0]
        slope = (moved - answer["scores"][0]) / step[0, pixel]
        assert answer["gradient"][0][pixel] == pytest.approx(slope, abs=0.02)


@pytest.fixture(scope="module")
def trained(digits):
    parts = stratified(digits.learning, 120, np.random.default_rng(0))
    return fit(SMALL, digits, *parts, seed=0).network


@pytest.mark.parametrize("query", ["", "?class=7", "?class=7&against=1"])
def test_integrated_gradients_of_digits_add_up_to_what_the_score_gained(
    publish, make_app, digits, trained, query
):
    publish(network=trained)
    rows = digits.test.images[digits.test.rows[:40]] / 255
    answer = ask(make_app().test_client(), rows, query).json
    shares = np.array(answer["integrated_gradients"])
    missing = shares.sum(axis=1) - (np.array(answer["scores"]) - answer["baselines"])
    assert (np.abs(missing) <= 0.01 * np.abs(shares).sum(axis=1)).all()
    assert answer["convergence_deltas"] == pytest.approx(missing, abs=1e-4)


def test_one_class_against_another_is_the_difference_of_both(client, rows):
    seven, one = ask(client, rows, "?class=7").json, ask(client, rows, "?class=1").json
    why = ask(client, rows, "?class=7&against=1").json
    assert (why["classes"], why["against"]) == ([7, 7, 7], [1, 1, 1])
    for name in ("scores", "gradient"):
        assert np.array(why[name]) == pytest.approx(np.array(seven[name]) - one[name], abs=1e-5)


def test_an_image_is_explained_as_it_is_seen(client):
    image = Image.new("L", (60, 60), 255)
    image.paste(0, (25, 10, 35, 50))
    file = BytesIO()
    image.save(file, "PNG")
    answer = client.post("/explain", data=file.getvalue(), content_type="image/png").json
    integrated, seen = np.array(answer["integrated_gradients"]), np.array(answer["inputs"])
    assert seen.sum() > 10
    assert not integrated[seen == 0].any()


def test_a_binary_classifier_is_explained_both_ways(publish, make_app, rng):
    network = Network.build((4, 3, 1), ("tanh", "sigmoid"), "bernoulli_cross_entropy")
    network.parameters.flat[:] = rng.normal(0, 1, network.parameters.flat.shape)
    publish(network=network, classes=("no", "yes"), input=Input((4,), preprocessing="none"))
    client = make_app().test_client()
    row = [[0.1, 0.9, 0.4, 0.2]]
    yes, no = ask(client, row, "?class=yes").json, ask(client, row, "?class=no").json
    assert yes["classes"] == [1]
    assert np.array(yes["gradient"]) == pytest.approx(-np.array(no["gradient"]))
    assert ask(client, row, "?class=yes&against=no").json["gradient"] == yes["gradient"]


@pytest.mark.parametrize("m", [1, AT_ONCE, AT_ONCE + 1, MOST_ROWS])
def test_any_number_of_rows_is_explained_as_each_would_be_alone(client, rng, m):
    rows = rng.uniform(0, 1, (m, 784)).astype(np.float32)
    together = ask(client, rows, "?class=2").json
    alone = ask(client, rows[-1:], "?class=2").json
    assert len(together["scores"]) == m
    assert together["gradient"][-1] == pytest.approx(alone["gradient"][0], abs=1e-5)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?class=x", "class: expected one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, got 'x'"),
        ("?class=7&against=7", "against: expected another class than the one explained, got '7'"),
        ("?against=", "against: expected one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, got ''"),
        ("?details=true", "query: expected version, alias, class, against, got 'details'"),
    ],
)
def test_what_names_no_class_is_422(client, rows, query, message):
    answer = ask(client, rows, query)
    assert (answer.status_code, answer.json["error"]) == (422, message)


def test_the_predicted_class_against_itself_is_422(publish, make_app, rows):
    publish(favourite=7)
    answer = ask(make_app().test_client(), rows, "?against=7")
    assert answer.status_code == 422


def test_more_rows_than_can_be_explained_at_once_are_422(client, rng):
    answer = ask(client, rng.uniform(0, 1, (MOST_ROWS + 1, 784)))
    assert answer.json["error"] == f"instances: expected 1 to {MOST_ROWS} rows, got {MOST_ROWS + 1}"


def test_top_k_is_nothing_to_explain(client, rows):
    assert ask(client, rows, top_k=3).status_code == 422


def test_the_version_that_is_named_is_explained(registry, publish, make_app, rows):
    publish(favourite=1)
    publish(favourite=2)
    registry.point("champion", 1, "for a test")
    client = make_app().test_client()
    assert ask(client, rows, "?version=2").json["labels"] == ["2"] * 3
    assert ask(client, rows).json["labels"] == ["1"] * 3
