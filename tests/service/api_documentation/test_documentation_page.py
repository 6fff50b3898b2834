"""The API's page: all that openapi.json says stands on it, as text, with examples that are what they say."""

from io import BytesIO

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape
from PIL import Image

from model.document.document import Input
from service.api_documentation.documentation_page import groups, laid_out
from service.api_documentation.media_types import EXAMPLE
from service.api_documentation.openapi import JSON, Operation, document

HOSTILE = "<script>alert('1')</script>\" onload=\"x"
NUMBERS = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text()),
    lambda each: st.one_of(st.lists(each), st.dictionaries(st.text(), each)),
)


@pytest.fixture
def page(client) -> str:
    return client.get("/docs").text


@pytest.fixture
def operations(app):
    return [
        (path, method, said)
        for path, methods in document(app)["paths"].items()
        for method, said in methods.items()
    ]


def test_every_operation_is_on_the_page(page, operations):
    for path, method, said in operations:
        assert page.count(f'data-method="{method.upper()}" data-path="{path}"') == 1
        assert f'id="{said["operationId"]}"' in page
        assert all(str(escape(part)) in page for part in said["summary"].split("`"))


def test_every_type_of_a_body_has_an_example(app):
    for group in groups(document(app), {}):
        for entry in group.entries:
            for content in entry.bodies:
                assert bool(content.text) != bool(content.file), f"{entry.path} {content.mimetype}"


def test_every_parameter_has_its_place_in_the_form(page, operations, app):
    parameters = document(app)["components"]["parameters"]
    for _, _, said in operations:
        for reference in said["parameters"]:
            name = parameters[reference["$ref"].rpartition("/")[2]]["name"]
            assert f'id="{said["operationId"]}-{name}"' in page


def test_paths_are_filled_with_what_is_served(publish, make_app):
    publish(favourite=1)
    publish(favourite=2)
    page = make_app().test_client().get("/docs").text
    for name, value in (("name", "mnist"), ("version", "2"), ("label", "champion")):
        assert f'name="{name}" data-place="path" value="{value}"' in page


def test_what_a_document_says_stays_text(app):
    def view(name):
        raise NotImplementedError

    view.__doc__ = f"{HOSTILE}\n\n{HOSTILE} `{HOSTILE}`"
    app.add_url_rule("/hostile/<name>", view_func=Operation("operation", {JSON: "Health"})(view))
    page = app.test_client().get("/docs").text
    assert (page.count(str(escape(HOSTILE))), "<script>" in page) == (3, False)


def test_a_hostile_host_stays_text(client):
    assert "<script>" not in client.get("/docs", headers={"Host": '"><script>'}).text


def test_nothing_on_it_is_inline(page):
    for forbidden in ("<style", " style=", "<script>", " onclick", " onload", "javascript:", "https://"):
        assert forbidden not in page


class TestNotice:
    def test_there_is_none_for_digits(self, page):
        assert 'class="notice"' not in page.partition("<noscript>")[0]

    def test_it_says_that_nothing_is_served(self, client_without_model):
        answer = client_without_model.get("/docs")
        assert (answer.status_code, "No model is served yet" in answer.text) == (200, True)

    def test_it_says_what_else_a_model_takes(self, publish, make_app):
        publish(shape=(2, 2), input=Input((2, 2), preprocessing="none"))
        assert "takes\n      2 x 2 numbers" in make_app().test_client().get("/docs").text


class TestFields:
    @pytest.fixture
    def fields(self):
        """The fields of one operation that takes these parameters."""

        def read(*parameters, places=()):
            said = {"operationId": "a", "tags": ["t"], "summary": "", "parameters": parameters}
            said["responses"] = {"200": {"description": ""}}
            whole = {"tags": [{"name": "t", "description": ""}], "paths": {"/a": {"get": said}}}
            (group,) = groups(whole | {"components": {"schemas": {}}}, dict(places))
            return group.entries[0].fields

        return read

    def test_what_may_be_left_out_is_hinted_at(self, fields):
        (field,) = fields(parameter("top", "query", example=3))
        assert (field.place, field.value, field.hint, field.required) == ("query", "", "3", False)

    def test_what_must_be_there_has_the_example(self, fields):
        (field,) = fields(parameter("name", "path", required=True, example="a"))
        assert field.value == "a"

    def test_what_is_served_comes_before_the_example(self, fields):
        (field,) = fields(parameter("name", "path", required=True, example="a"), places={"name": "b"})
        assert field.value == "b"

    def test_few_values_are_a_choice(self, fields):
        (field,) = fields(parameter("details", "query", schema={"enum": ["true", "false"]}))
        assert field.choices == ("true", "false")

    def test_what_goes_with_a_type_of_body_is_given_with_it(self, fields):
        (field,) = fields(parameter("X-Type", "header", example="a", **{"x-goes-with": "b/c"}))
        assert (field.goes_with, field.value) == ("b/c", "a")


def parameter(name, place, *, required=False, schema=None, **more):
    said = {"name": name, "in": place, "required": required, "description": ""}
    return said | {"schema": schema or {"type": "string"}} | more


@given(VALUES)
def test_laid_out_json_is_the_same_json(value):
    assert orjson.loads(laid_out(value)) == orjson.loads(orjson.dumps(value))


def test_numbers_are_laid_out_in_rows():
    rows = laid_out({"a": [0] * 30}).splitlines()[1:3]
    assert rows == ['  "a": [' + ", ".join(["0"] * 28) + ",", "0, 0]"]


class TestExamples:
    @pytest.fixture
    def file(self, client):
        return lambda ending: client.get(f"/static/examples/digit.{ending}", buffered=True).data

    @pytest.mark.parametrize("ending", ["bmp", "webp"])
    def test_images_without_loss_are_the_same(self, file, ending):
        one, other = (np.asarray(Image.open(BytesIO(file(each)))) for each in ("png", ending))
        assert (one == other[..., 0] if other.ndim == 3 else one == other).all()

    def test_the_jpeg_is_nearly_the_same(self, file):
        one, other = (np.asarray(Image.open(BytesIO(file(each))), float) for each in ("png", "jpeg"))
        assert np.abs(one - other).mean() < 2

    def test_numbers_are_the_same(self, file):
        pixels = np.load(BytesIO(file("npy"))).ravel() / np.float32(255)
        assert np.array_equal(np.frombuffer(file("f32"), "<f4"), pixels)
        assert np.array(file("csv").decode().split(","), float) == pytest.approx(pixels, abs=5e-4)

    def test_all_are_answered(self, client, operations):
        for path, _, said in operations:
            for mimetype, content in said.get("requestBody", {"content": {}})["content"].items():
                if mimetype != JSON:
                    answer = self.post(client, path, mimetype, content[EXAMPLE])
                    assert answer.status_code == 200, f"{path} {mimetype}: {answer.text}"

    @staticmethod
    def post(client, path, mimetype, file):
        content = client.get(file, buffered=True).data
        headers = {"Tensor-Datatype": "FP32"}
        if mimetype == "application/octet-stream" and path.startswith("/v2"):
            headers["Inference-Header-Content-Length"] = "0"
        form = {"file": (BytesIO(content), "digit.png")}
        data = form if mimetype == "multipart/form-data" else content
        return client.post(
            path.format(name="mnist", version=1), data=data, content_type=mimetype, headers=headers
        )
