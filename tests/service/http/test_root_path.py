"""Behind a proxy that has the service under a path: whatever leads to the service begins with it."""

import json
import re
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from model.errors import SettingsError
from service.http.root_path import OWN, RootPath, settings_from

ROOT = "/api/numeral.v1"
BROWSER = {"Accept": "text/html"}
PAGES = ("/", "/docs", "/models/mnist", "/models/mnist/1", "/models/mnist/99")
LINK = re.compile(r' (?:href|src)="([^"]*)"')
SEGMENTS = st.from_regex(r"[A-Za-z0-9_~-]{1,5}", fullmatch=True).filter(lambda text: text not in OWN)
ROOTS = st.lists(SEGMENTS, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))


@pytest.fixture
def client(publish, make_app):
    publish(favourite=7)
    return make_app(root_path=ROOT).test_client()


@pytest.mark.parametrize("prefix", ["", ROOT], ids=["stripped", "not stripped"])
@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_begins_with_it_and_is_answered(client, path, prefix):
    page = client.get(prefix + path, headers=BROWSER).text
    links = [link for link in LINK.findall(page) if not link.startswith(("#", "data:"))]
    assert len(links) > 5
    assert [link for link in links if not link.startswith(ROOT + "/")] == []
    for link in set(links):
        assert client.get(link, buffered=True).status_code == 200, link


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_commands_name_it(client, path):
    assert f"http://localhost{ROOT}/predict" in client.get(path, headers=BROWSER).text


@pytest.mark.parametrize("prefix", ["", ROOT])
def test_openapi_says_where_the_service_is(client, prefix):
    assert client.get(prefix + "/openapi.json").json["servers"] == [{"url": ROOT}]


def test_without_one_the_service_is_at_the_root(publish, make_app):
    publish()
    client = make_app().test_client()
    assert client.get("/openapi.json").json["servers"] == [{"url": "/"}]
    assert client.get(ROOT + "/healthz").status_code == 404


@pytest.mark.parametrize("prefix", ["", ROOT])
def test_a_redirect_stays_below_it(client, prefix):
    answer = client.get(prefix + "/models//mnist")
    assert urlsplit(urljoin("http://localhost", answer.location)).path == ROOT + "/models/mnist"


@pytest.mark.parametrize("express", [True, False])
@pytest.mark.parametrize("path", [ROOT, ROOT + "/"])
def test_a_page_s_own_address_may_end_with_it(publish, make_app, path, express):
    publish()
    client = make_app(root_path=ROOT, express=express).test_client()
    assert "<title>Numeral" in client.get(path, headers=BROWSER).text


@pytest.mark.parametrize("express", [True, False])
@pytest.mark.parametrize("prefix", ["", ROOT])
def test_predictions_and_refusals_are_as_ever(publish, make_app, body, prefix, express, access_log):
    publish(favourite=7)
    client = make_app(root_path=ROOT, express=express).test_client()
    headers = {"Content-Type": "application/json"}
    assert client.post(prefix + "/predict", data=body(), headers=headers).json["predictions"] == [7]
    assert "error_code" in client.post(prefix + "/invocations", data=b"{", headers=headers).json
    refused = client.post(prefix + "/invocations", data=b"{", headers=headers | {"X-Request-Timeout-Ms": "0"})
    assert (refused.status_code, refused.json["error_code"]) == (429, "REQUEST_LIMIT_EXCEEDED")
    assert {line["path"] for line in access_log()} == {"/predict", "/invocations"}


def test_another_path_that_begins_alike_is_another(client):
    assert client.get(ROOT + "x/healthz").status_code == 404


@given(root=ROOTS, path=st.lists(SEGMENTS).map(lambda parts: "/" + "/".join(parts)))
def test_it_is_taken_off_once(root, path):
    def application(environ, _):
        return environ["SCRIPT_NAME"], environ["PATH_INFO"]

    environ = EnvironBuilder(path="/").get_environ() | {"PATH_INFO": root + path}
    assert RootPath(application, root)(environ, None) == (root, path)


def test_every_path_of_the_service_is_known(app):
    rules = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    assert rules - {""} == set(OWN)


class TestSettings:
    @pytest.mark.parametrize(
        ("given", "root"),
        [
            ("", ""),
            ("/", ""),
            ("/a", "/a"),
            ("/a/", "/a"),
            ("/a/b.c_~-d", "/a/b.c_~-d"),
            ("/modelsx", "/modelsx"),
        ],
    )
    def test_one_may_end_with_a_slash(self, given, root):
        assert settings_from({"NUMERAL_ROOT_PATH": given}).root_path == root

    @pytest.mark.parametrize(
        "given", ["a", "http://x/a", "/a b", "/ä", "/a//b", "/../a", "/a/.", "/a?b", '/"']
    )
    def test_whatever_is_no_path_is_refused(self, given):
        with pytest.raises(SettingsError, match=r"^NUMERAL_ROOT_PATH: expected a path such as /numeral"):
            settings_from({"NUMERAL_ROOT_PATH": given})

    @pytest.mark.parametrize("given", ["/v1", "/models/numeral"])
    def test_one_that_is_the_service_s_own_is_refused(self, given):
        with pytest.raises(
            SettingsError, match=r"^NUMERAL_ROOT_PATH: expected a path that begins as none of"
        ):
            settings_from({"NUMERAL_ROOT_PATH": given})

    def test_the_name_that_gunicorn_knows_means_the_same_and_reaches_it_no_more(self):
        environment = {"SCRIPT_NAME": "/a"}
        assert settings_from(environment).root_path == "/a"
        assert json.dumps(environment) == '{"NUMERAL_ROOT_PATH": "/a"}'
        assert settings_from({"SCRIPT_NAME": "/a", "NUMERAL_ROOT_PATH": "/b"}).root_path == "/b"
