"""POST /predict with a query: other versions, and details of an answer."""

import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from model.evaluation.novelty import Familiarity

JSON = {"Content-Type": "application/json"}
DARK, BRIGHT = np.zeros(784, np.float32), np.ones(784, np.float32)


def around_dark() -> Familiarity:
    rows = np.random.default_rng(0).uniform(0, 0.1, (900, 784)).astype(np.float32)
    return Familiarity.of(rows)


@pytest.fixture
def client(publish, make_app):
    publish(favourite=3, metrics={"sure_from": 0.5}, familiarity=around_dark())
    return make_app().test_client()


def ask(client, *instances, query="?details=true", **more):
    content = json.dumps({"instances": [np.asarray(each).tolist() for each in instances], **more})
    return client.post(f"/predict{query}", data=content, headers=JSON)


def test_without_a_query_there_are_no_details(client):
    assert ask(client, DARK, query="").json.keys() == {"model", "predictions", "labels", "probabilities"}
    assert "inputs" not in ask(client, DARK, query="?details=false").json


def test_inputs_are_what_the_network_saw(client):
    pixels = np.arange(784) % 256
    (row,) = ask(client, pixels, max_value=255).json["inputs"]
    assert np.array(row, np.float32) == pytest.approx(pixels / 255)


def test_inputs_of_an_image_are_the_prepared_one(client):
    image = Image.new("L", (60, 60), 255)
    image.paste(0, (25, 10, 35, 50))
    file = BytesIO()
    image.save(file, "PNG")
    answer = client.post("/predict?details=true", data=file.getvalue(), content_type="image/png").json
    seen = np.array(answer["inputs"]).reshape(28, 28)
    assert np.ptp(np.nonzero(seen.max(axis=1) > 0.5)) + 1 == 20
    assert ask(client, seen, query="").json["probabilities"] == answer["probabilities"]


def test_strange_inputs_are_told(client):
    assert ask(client, DARK + np.float32(0.05), BRIGHT).json["familiar"] == [True, False]


@pytest.mark.parametrize(
    ("least", "sure"), [(0.5, True), (0, True), (1.01, False), (None, None), ("x", None)]
)
def test_an_answer_is_sure_from_the_confidence_that_the_document_names(publish, make_app, least, sure):
    publish(favourite=3, metrics={"sure_from": least})
    assert ask(make_app().test_client(), DARK).json["sure"] == [sure]


def test_of_an_older_document_nobody_knows(publish, make_app):
    publish(favourite=3)
    answer = ask(make_app().test_client(), DARK, DARK).json
    assert (answer["sure"], answer["familiar"]) == ([None, None], [None, None])


class TestVersions:
    @pytest.fixture
    def client(self, registry, publish, make_app):
        publish(favourite=1)
        second = publish(favourite=2)
        registry.point("champion", 1, "for a test")
        registry.point("candidate", second.version, "for a test")
        return make_app().test_client()

    @pytest.mark.parametrize(
        ("query", "version"),
        [("", 1), ("?version=1", 1), ("?version=2", 2), ("?alias=candidate", 2), ("?alias=champion", 1)],
    )
    def test_the_one_that_is_named_answers(self, client, query, version):
        answer = ask(client, DARK, query=query).json
        assert (answer["model"]["version"], answer["predictions"]) == (version, [version])

    @pytest.mark.parametrize(
        ("query", "status", "message"),
        [
            ("?version=7", 404, "mnist has no version '7'"),
            ("?version=x", 404, "mnist has no version 'x'"),
            ("?version=", 404, "mnist has no version ''"),
            ("?alias=x", 404, "mnist has no alias 'x'"),
            ("?alias=candidate&version=1", 422, "query: expected version or alias, got both"),
            ("?version=1&version=2", 422, "query: expected version once, got it 2 times"),
            ("?verison=1", 422, "query: expected version, alias, details, got 'verison'"),
            ("?details=yes", 422, "query: expected details to be true or false, got 'yes'"),
        ],
    )
    def test_what_names_nothing_is_said(self, client, query, status, message):
        answer = ask(client, DARK, query=query)
        assert (answer.status_code, answer.json["error"]) == (status, message)
