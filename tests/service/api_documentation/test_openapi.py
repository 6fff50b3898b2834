"""openapi.json is held to the code: every route and method, every status, every shape, both ways."""

import re
from io import BytesIO

import pytest
import requests
from flask import Flask
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from service.api_documentation.openapi import document
from service.pages.registry_pages import blueprint as registry_pages
from service.protocols import BLUEPRINTS
from service.routes import blueprint

JSON = {"Content-Type": "application/json"}
WEBSOCKET = {"Connection": "Upgrade", "Upgrade": "websocket"}
BODY_LIMIT = 60_000
ROUTES = Flask("service")
for each in (blueprint, registry_pages, *BLUEPRINTS):
    ROUTES.register_blueprint(each)
API = document(ROUTES)
DOCUMENTS = Registry().with_resource("api:", Resource(API, DRAFT202012))
OPERATIONS = [(path, method) for path, methods in API["paths"].items() for method in methods]
SCHEMAS = API["components"]["schemas"]


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
        schema, text = resolve(header)["schema"], answer.headers[name]
        check(int(text) if schema["type"] == "integer" else text, schema)


def walk(node: object):
    yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walk(child)


def test_every_route_is_documented_and_no_other(app):
    rules = [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static")]
    routes = {  # HEAD and OPTIONS are Flask's own, on every route, as HTTP has it
        (re.sub(r"<(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in rules
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert routes == set(OPERATIONS)


def test_an_operation_has_a_name_of_its_own():
    names = [API["paths"][path][method]["operationId"] for path, method in OPERATIONS]
    assert len(set(names)) == len(names)


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


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_that_generators_of_clients_can_use(name):
    """They stop at lists of nothing in particular, and at constants that are no scalars."""
    for node in walk(SCHEMAS[name]):
        if isinstance(node, dict) and isinstance(node.get("type"), str | list):
            assert "items" in node or "array" not in node["type"]
            assert not {"array", "object"} <= {*node["type"]}
            assert not isinstance(node.get("const"), list | dict)
        if isinstance(node, dict) and "const" in node:
            assert "type" in node


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_does_not_hold_itself(name):
    seen, found = set(), {name}
    while found:
        seen |= found
        nodes = [node for each in found for node in walk(SCHEMAS[each]) if isinstance(node, dict)]
        found = {node["$ref"].rpartition("/")[2] for node in nodes if "$ref" in node}
        assert name not in found
        found -= seen


def test_examples_of_answers_fit_their_schemas():
    for node in walk(API):
        if isinstance(node, dict) and isinstance(node.get("schema"), dict):
            named = map(resolve, node.get("examples", {}).values())
            examples = [example["value"] for example in named if "value" in example]
            for example in [*examples, *([node["example"]] if "example" in node else [])]:
                check(example, node["schema"])


@pytest.fixture
def served(publish, make_app):
    publish(favourite=7)
    return make_app(max_body_bytes=BODY_LIMIT).test_client()


PLACES = {"name": "mnist", "version": "1", "label": "champion"}


def ask(client, path: str, method: str, places=PLACES, **changes):
    """A request with the first example of the body that the path takes."""
    takes = API["paths"][path][method].get("requestBody", {"content": {}})["content"]
    for mimetype, content in takes.items():
        if "$ref" in content["schema"]:
            changes.setdefault("json", resolve(content["schema"])["examples"][0])
            changes.setdefault("content_type", mimetype)
    if "data" in changes:
        changes.pop("json", None)
    return client.open(path.format(**places), method=method.upper(), **changes)


def takes_a_body(path: str, method: str) -> bool:
    return "requestBody" in API["paths"][path][method]


class Silent(BytesIO):
    """A body that does not come."""

    def read(self, _=-1):
        raise TimeoutError


HOW = {
    "200": ask,
    "400": lambda client, path, method: (
        ask(client, path, method, data=b"{")
        if takes_a_body(path, method)
        else ask(client, path, method, headers=WEBSOCKET)
    ),
    "404": lambda client, path, method: (
        ask(client, path, method, PLACES | {"name": "other"})
        if "{name}" in path
        else ask(client, path, method, query_string={"version": "99"})
    ),
    "408": lambda client, path, method: ask(
        client, path, method, environ_overrides={"wsgi.input": Silent(), "CONTENT_LENGTH": "9"}
    ),
    "413": lambda client, path, method: ask(client, path, method, data=b" " * (BODY_LIMIT + 1)),
    "415": lambda client, path, method: ask(client, path, method, headers={"Content-Encoding": "br"}),
    "422": lambda client, path, method: ask(client, path, method, json={}),
    "429": lambda client, path, method: ask(client, path, method, headers={"X-Request-Timeout-Ms": "0"}),
}
STATUSES = {"500", "503", *HOW}


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        (path, method, status)
        for path, method in OPERATIONS
        for status in documented(path, method)
        if status in HOW and (status, method) != ("429", "get")
    ],
)
def test_an_answer_is_as_documented(served, path, method, status):
    answer = HOW[status](served, path, method)
    assert str(answer.status_code) == status, answer.text
    conforms(answer, documented(path, method))


def test_what_only_reads_is_refused_where_it_says_so_and_nowhere_else(publish, serve, tmp_path):
    publish(favourite=7)
    server = serve(tmp_path / "registry", workers=1)
    for path, method in OPERATIONS:
        if method == "get":
            url = server.url + path.format(**PLACES)
            answer = requests.get(url, headers={"X-Request-Timeout-Ms": "0"}, timeout=60)
            assert (answer.status_code == 429) == ("429" in documented(path, method)), path
            if answer.status_code == 429:
                schema = resolve(documented(path, method)["429"])
                check(answer.json(), schema["content"]["application/json"]["schema"])
                assert schema["headers"].keys() <= answer.headers.keys()


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_an_answer_before_a_model_is_as_documented(client_without_model, path, method):
    answer = ask(client_without_model, path, method)
    expected = 404 if "{version}" in path else 503 if "503" in documented(path, method) else 200
    assert answer.status_code == expected
    conforms(answer, documented(path, method))


@pytest.mark.parametrize("express", [False], indirect=True)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_a_bug_is_as_documented(app, client, monkeypatch, path, method):
    endpoint = app.url_map.bind("").match(path.format(**PLACES), method=method.upper())[0]
    monkeypatch.setitem(app.view_functions, endpoint, lambda **_: 1 / 0)
    answer = ask(client, path, method)
    assert answer.status_code == 500
    conforms(answer, documented(path, method))


def test_every_documented_status_is_one_that_is_seen_here():
    assert {status for operation in OPERATIONS for status in documented(*operation)} == STATUSES


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_the_examples_of_a_body_are_answered(served, path, method):
    for mimetype, content in (
        API["paths"][path][method].get("requestBody", {"content": {}})["content"].items()
    ):
        examples = resolve(content["schema"]).get("examples", ()) if mimetype == "application/json" else ()
        for example in examples:
            answer = ask(served, path, method, json=example, content_type=mimetype)
            assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("path", "status", "name"), [("/nothing", 404, "NotFound"), ("/predict", 405, "MethodNotAllowed")]
)
def test_what_belongs_to_no_route_is_as_documented(client, path, status, name):
    conforms(client.get(path), {str(status): API["components"]["responses"][name]})


def test_a_status_that_is_not_documented_fails(app, client, monkeypatch):
    monkeypatch.setitem(app.view_functions, "service.healthz", lambda: ({"status": "alive"}, 202))
    with pytest.raises(AssertionError, match="202 is not documented"):
        conforms(client.get("/healthz"), documented("/healthz", "get"))
