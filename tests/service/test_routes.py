"""The routes, through Flask's client: what answers where."""

import numpy as np
import pytest
from markupsafe import escape

from model.document import nielsen
from model.document.document import Input
from model.network.network import Network

BLANK = [0.0] * 784
JSON = {"Content-Type": "application/json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HOSTILE = "<script>alert('1')</script>\" onload=\"x"


def predict(client, body):
    return client.post("/predict", data=body, headers=JSON)


SLASHES = [
    *("/docs", "/model", "/healthz", "/readyz", "/openapi.json", "/ping"),
    *("/models/mnist", "/models/mnist/champion", "/models/other"),
    *("/v1/models", "/v1/models/mnist", "/v1/models/mnist/labels/champion/metadata", "/v1/models/other"),
    *("/v2", "/v2/models", "/v2/health/ready", "/v2/models/mnist/config"),
]


class TestTrailingSlash:
    @pytest.mark.parametrize("path", SLASHES)
    @pytest.mark.parametrize("accept", ["*/*", "text/html"])
    def test_it_makes_no_difference(self, client, path, accept):
        with_slash, without = (client.get(each, headers={"Accept": accept}) for each in (path + "/", path))
        assert (with_slash.status_code, with_slash.data) == (without.status_code, without.data)

    @pytest.mark.parametrize("path", ["/predict", "/invocations", "/explain", "/v1/models/mnist:predict"])
    def test_nor_to_what_is_asked(self, client, body, path):
        with_slash, without = (client.post(each, data=body(), headers=JSON) for each in (path + "/", path))
        assert (with_slash.status_code, with_slash.data) == (200, without.data)

    def test_a_refusal_has_the_form_of_its_protocol(self, client, body):
        headers = JSON | {"X-Request-Timeout-Ms": "0"}
        answer = client.post("/invocations/", data=body(), headers=headers)
        assert (answer.status_code, answer.json["error_code"]) == (429, "REQUEST_LIMIT_EXCEEDED")


class TestPredict:
    def test_the_model_is_named_by_its_digest(self, client, body, registry):
        manifest = registry.manifest(1)
        expected = {"name": "mnist", "version": 1, "sha256": manifest.sha256}
        assert predict(client, body()).json["model"] == expected

    def test_probabilities_are_the_float32_of_the_network(self, client, body, registry, rng):
        rows = rng.integers(0, 256, (3, 784))
        answer = predict(client, body(*rows.tolist(), max_value=255)).json
        expected = registry.load(1)[0].network.forward((rows / 255).astype(np.float32).T).T
        assert np.array_equal(np.float32(answer["probabilities"]), expected)

    def test_probabilities_sum_to_one(self, client, body):
        assert sum(predict(client, body()).json["probabilities"][0]) == pytest.approx(1, abs=1e-6)

    def test_labels_are_the_classes_of_the_document(self, publish, make_app, body):
        publish(favourite=3, classes=tuple("abcdefghij"))
        answer = predict(make_app().test_client(), body()).json
        assert (answer["predictions"], answer["labels"]) == ([3], ["d"])

    def test_two_classes_of_one_unit(self, publish, make_app, body):
        network = Network.build((4, 1), ("sigmoid",), "bernoulli_cross_entropy")
        publish(network=network, classes=("no", "yes"), input=Input((2, 2)))
        answer = predict(make_app().test_client(), body([[0, 0], [0, 0]])).json
        assert (answer["labels"], answer["probabilities"]) == (["yes"], [[0.5, 0.5]])

    def test_an_answer_never_mixes_versions(self, client, app, body, publish, monkeypatch):
        def decode(*_):
            publish(favourite=2)
            app.extensions["models"].champion.refresh()
            return np.zeros((1, 784), np.float32)

        monkeypatch.setattr("service.inputs.json_rows.decode", decode)
        answer = predict(client, body()).json
        assert (answer["model"]["version"], answer["predictions"]) == (1, [7])

    def test_more_rows_than_the_setting_allows_are_422(self, publish, make_app, body):
        publish()
        answer = predict(make_app(max_rows=2).test_client(), body(BLANK, BLANK, BLANK))
        assert (answer.status_code, answer.json) == (
            422,
            {"error": "instances: expected 1 to 2 rows, got 3"},
        )

    def test_there_is_no_answer_before_a_model(self, client_without_model, body):
        answer = predict(client_without_model, body())
        assert (answer.status_code, answer.json["error"].partition(":")[0]) == (503, "no model is served yet")


class TestModel:
    def test_it_is_the_document_and_its_digest(self, client, registry):
        document, manifest = registry.load(1)
        answer = client.get("/model").json
        assert (answer["created_at"], answer["sha256"]) == (document.created_at, manifest.sha256)

    def test_it_has_no_weights(self, client):
        assert client.get("/model").json["network"] == {
            "sizes": [784, 12, 10],
            "activations": ["relu", "softmax"],
            "cost": "categorical_cross_entropy",
        }

    def test_there_is_none_before_a_model(self, client_without_model):
        assert client_without_model.get("/model").status_code == 503


class TestHealth:
    def test_the_process_lives_without_a_model(self, client_without_model):
        assert client_without_model.get("/healthz").status_code == 200

    def test_it_is_not_ready_before_a_model(self, client_without_model):
        answer = client_without_model.get("/readyz")
        assert (answer.status_code, "no alias 'champion'" in answer.json["error"]) == (503, True)

    def test_it_is_ready_with_a_model(self, client):
        answer = client.get("/readyz").json
        assert (answer["status"], answer["model"]["version"], answer["failure"]) == ("ready", 1, None)

    def test_it_is_ready_and_says_why_the_newest_is_not_served(self, client, app, publish, tmp_path):
        publish()
        (tmp_path / "registry/mnist/versions/2/model.json").write_text("{}")
        app.extensions["models"].champion.refresh()
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json["model"]["version"]) == (200, 1)
        assert answer.json["failure"].startswith("mnist version 2: expected sha256")


def words(text: str) -> str:
    return " ".join(text.split())


class TestPage:
    @pytest.mark.parametrize("accept", [None, "*/*", "application/json"])
    def test_a_program_learns_that_the_process_lives(self, client, accept):
        assert client.get("/", headers={"Accept": accept} if accept else {}).json == {"status": "alive"}

    def test_it_tells_what_is_served(self, client):
        assert "mnist, version 1" in client.get("/", headers=BROWSER).text

    def test_it_tells_the_accuracy(self, publish, make_app):
        publish(metrics={"accuracy": 0.98765}, dataset={"name": "mnist", "sizes": {"test": 10_000}})
        assert "98.77 % of 10,000 test images" in words(
            make_app().test_client().get("/", headers=BROWSER).text
        )

    def test_it_tells_what_the_model_is_for(self, publish, make_app):
        assert "reads handwritten digits while you draw them." in words(self.page_of(publish, make_app))
        plants = {"classes": tuple("abcdefghij"), "input": Input((2, 2), preprocessing="none")}
        page = words(self.page_of(publish, make_app, shape=(2, 2), **plants))
        assert "tells a, b, c, d, e, f, g, h, i, j apart." in page
        assert "1, … 4 numbers from 0 to 1" in page

    def test_rows_of_numbers_are_no_images(self, publish, make_app):
        facts = {"metrics": {"accuracy": 0.5}, "dataset": {"name": "csv:t.csv", "sizes": {"test": 30}}}
        page = self.page_of(publish, make_app, input=Input((784,), preprocessing="none"), **facts)
        assert "50.00 % of 30 test examples" in words(page)

    @staticmethod
    def page_of(publish, make_app, **document):
        publish(**document)
        return make_app().test_client().get("/", headers=BROWSER).text

    def test_it_tells_what_the_model_notes(self, publish, make_app):
        publish(lineage={"notes": ["Trained on digits: no mirror of MNIST answered."]})
        assert (
            "Trained on digits: no mirror of MNIST answered."
            in make_app().test_client().get("/", headers=BROWSER).text
        )

    def test_it_tells_why_the_newest_is_not_served(self, client, app, tmp_path):
        (tmp_path / "registry/mnist/aliases.json").write_text("[]")
        app.extensions["models"].champion.refresh()
        assert "The newest version cannot be taken up" in client.get("/", headers=BROWSER).text

    def test_it_renders_without_a_model(self, client_without_model):
        answer = client_without_model.get("/", headers=BROWSER)
        assert (answer.status_code, "No model is served yet" in answer.text) == (200, True)

    @pytest.mark.parametrize("part", ["training", "dataset", "metrics", "lineage"])
    @pytest.mark.parametrize(
        "content",
        [
            {},
            {"notes": None},
            {"notes": 5},
            {"accuracy": "?"},
            {"sizes": 5},
            {"sizes": None},
            {"seconds": "?"},
        ],
        ids=str,
    )
    def test_it_renders_whatever_the_document_leaves_open(self, publish, make_app, part, content):
        publish(**{part: content})
        assert make_app().test_client().get("/", headers=BROWSER).status_code == 200

    @pytest.mark.parametrize(
        "hostile",
        [
            {"created_at": HOSTILE},
            {"training": {"recipe": HOSTILE}},
            {"dataset": {"name": HOSTILE}},
            {"lineage": {"notes": [HOSTILE]}},
            {"classes": (HOSTILE, *"123456789"), "input": Input(preprocessing="none")},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_hostile_text_in_a_document_stays_text(self, publish, make_app, hostile):
        publish(**hostile)
        page = make_app().test_client().get("/", headers=BROWSER).text
        assert (str(escape(HOSTILE)) in page, "<script>" in page) == (True, False)

    def test_a_hostile_host_stays_text(self, client):
        assert "<script>" not in client.get("/", headers={"Host": '"><script>'}).text


class TestImported:
    """A network of which little is known is served like any other."""

    @pytest.fixture
    def client(self, registry, make_app):
        raw = b'{"sizes":[2,1],"weights":[[[4,-4]]],"biases":[[2]],"cost":"QuadraticCost"}'
        registry.publish(nielsen.decode(raw, "mnist", "net.json"), "for a test")
        registry.point("champion", 1, "for a test")
        return make_app().test_client()

    def test_it_answers(self, client, body):
        answer = predict(client, body([0, 0], [0, 1], [0.5, 1])).json
        assert answer["labels"] == ["1", "0", "1"]
        assert np.transpose(answer["probabilities"])[1] == pytest.approx([0.8808, 0.1192, 0.5], abs=1e-4)

    def test_the_page_says_what_is_not_known(self, client):
        page = words(client.get("/", headers=BROWSER).text)
        assert "imported from net.json: its data set and accuracy are not known" in page
        assert "<dt>Data set</dt><dd>unknown</dd> <dt>Recipe</dt><dd>unknown</dd>" in page

    def test_its_description_leaves_open_what_is_not_known(self, client):
        description = client.get("/model").json
        assert [description[part] for part in ("training", "dataset", "metrics")] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/static/base.css", 200),
        ("GET", "/metrics", 200),
        ("GET", "/openapi.json", 200),
        ("HEAD", "/model", 200),
        ("OPTIONS", "/predict", 200),
        ("GET", "/nothing", 404),
        ("GET", "/predict", 405),
        ("POST", "/predict", 415),
    ],
)
def test_every_answer_has_the_security_headers(client, method, path, status):
    answer = client.open(path, method=method, buffered=True)
    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_metrics_are_prometheus_text(client):
    client.get("/healthz")
    answer = client.get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert "# TYPE numeral_requests_total counter" in answer.text
