"""schemathesis asks what openapi.json allows and what it does not: no bug, and nothing undocumented."""

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.api_documentation.openapi import document
from service.pages.registry_pages import blueprint as registry_pages
from service.protocols import BLUEPRINTS
from service.routes import blueprint

pytestmark = pytest.mark.slow

HELD = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]


ROUTES = Flask("service")
for each in (blueprint, registry_pages, *BLUEPRINTS):
    ROUTES.register_blueprint(each)
OPERATIONS = [(path, method) for path, methods in document(ROUTES)["paths"].items() for method in methods]


@pytest.fixture
def api(app):
    return schemathesis.openapi.from_wsgi("/openapi.json", app)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.name.lower())
def test_every_answer_is_documented(api, path, method, mode):
    operation = api[path][method.upper()]

    @settings(
        max_examples=15, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
    )
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate(checks=HELD)

    ask()
