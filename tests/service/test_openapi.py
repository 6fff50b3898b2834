"""openapi.json is held to the code: every route and method, every status, every shape, both ways."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

API = json.loads((Path(__file__).parents[2] / "service" / "openapi.json").read_bytes())
DOCUMENTS = Registry().with_resource("api:", Resource(API, DRAFT202012))
OPERATIONS = [(path, method) for path, methods in API["paths"].items() for method in methods]
SCHEMAS = API["components"]["schemas"]
JSON = {"Content-Type": "application/json"}
WEBSOCKET = {"Connection": "Upgrade", "Upgrade": "websocket"}
BODY_LIMIT = 20_000


def resolve(node: dict) -> dict:
    while "$ref" in node:
        node = DOCUMENTS.resolver("api:").lookup(node["$ref"]).contents
    return node


def check(value: object, schema: dict) -> None:
    pointer = {"$ref": "api:" + schema["$ref"]} if "$ref" in schema else schema
    Draft202012Validator(pointer, registry=DOCUMENTS).validate(value)


def documented(path: str, method: str) -> dict:
    return API["paths"][path][method]["responses"]


def conforms(answer, responses: dict) -> None:
    """Fail where an answer is of a status, a type or a shape that is not documented."""
    assert str(answer.status_code) in responses, f"{answer.status_code} is not documented"
    response = resolve(responses[str(answer.status_code)])
    assert answer.mimetype in response["content"]
    check(answer.json if answer.mimetype == "application/json" else answer.text,
          response["content"][answer.mimetype]["schema"])  # fmt: skip
    for name, header in response["headers"].items():
        check(answer.headers[name], resolve(header)["schema"])


def walk(node: object):
    yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walk(child)


def test_every_route_and_method_is_documented_and_no_other(app):
    # HEAD and OPTIONS are Flask's own, on every route, as HTTP has it
    routes = {
        (rule.rule, method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }
    assert routes == set(OPERATIONS)


def test_every_reference_leads_somewhere():
    for node in walk(API):
        if isinstance(node, dict) and "$ref" in node:
            resolve(node)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_and_its_examples_fit(name):
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["examples"]
    for example in SCHEMAS[name]["examples"]:
        check(example, {"$ref": f"#/components/schemas/{name}"})


def test_examples_of_answers_fit_their_schemas():
    for node in walk(API):
        if isinstance(node, dict) and isinstance(node.get("schema"), dict):
            examples = [example["value"] for example in node.get("examples", {}).values()]
            for example in [*examples, *([node["example"]] if "example" in node else [])]:
                check(example, node["schema"])


@pytest.fixture
def served(publish, make_app):
    publish(favourite=7)
    return make_app(max_body_bytes=BODY_LIMIT).test_client()


CASES = {
    ("/", "get", "200"): {},
    ("/model", "get", "200"): {},
    ("/healthz", "get", "200"): {},
    ("/readyz", "get", "200"): {},
    ("/metrics", "get", "200"): {},
    ("/openapi.json", "get", "200"): {},
    ("/predict", "post", "200"): {"json": SCHEMAS["Batch"]["examples"][0]},
    ("/predict", "post", "400"): {"data": b"{", "headers": JSON},
    ("/predict", "post", "413"): {"data": b" " * (BODY_LIMIT + 1), "headers": JSON},
    ("/predict", "post", "415"): {"data": b"{}"},
    ("/predict", "post", "422"): {"json": {}},
    **{(path, method, "400"): {"headers": WEBSOCKET} for path, method in OPERATIONS if path != "/predict"},
}
UNREADY = {("/predict", "post", "503"), ("/model", "get", "503"), ("/readyz", "get", "503")}
BUGS = {(path, method, "500") for path, method in OPERATIONS}


@pytest.mark.parametrize(("path", "method", "status"), CASES)
def test_an_answer_is_as_documented(served, path, method, status):
    answer = served.open(path, method=method.upper(), **CASES[path, method, status])
    assert str(answer.status_code) == status
    conforms(answer, documented(path, method))


@pytest.mark.parametrize(("path", "method", "status"), sorted(UNREADY))
def test_an_answer_before_a_model_is_as_documented(client_without_model, path, method, status):
    answer = client_without_model.open(path, method=method.upper(), headers=JSON)
    assert str(answer.status_code) == status
    conforms(answer, documented(path, method))


@pytest.mark.parametrize(("path", "method", "status"), sorted(BUGS))
def test_a_bug_is_as_documented(app, client, monkeypatch, path, method, status):
    endpoint = app.url_map.bind("").match(path, method=method.upper())[0]
    monkeypatch.setitem(app.view_functions, endpoint, lambda: 1 / 0)
    answer = client.open(path, method=method.upper())
    assert str(answer.status_code) == status
    conforms(answer, documented(path, method))


def test_every_documented_status_was_seen():
    statuses = {(*operation, status) for operation in OPERATIONS for status in documented(*operation)}
    assert statuses == CASES.keys() | UNREADY | BUGS


@pytest.mark.parametrize(
    ("path", "status", "name"), [("/nothing", 404, "NotFound"), ("/predict", 405, "MethodNotAllowed")]
)
def test_what_belongs_to_no_route_is_as_documented(client, path, status, name):
    conforms(client.get(path), {str(status): API["components"]["responses"][name]})


def test_a_status_that_is_not_documented_fails(app, client, monkeypatch):
    monkeypatch.setitem(app.view_functions, "service.healthz", lambda: ({"status": "alive"}, 202))
    with pytest.raises(AssertionError, match="202 is not documented"):
        conforms(client.get("/healthz"), documented("/healthz", "get"))
