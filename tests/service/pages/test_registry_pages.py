"""The registry's pages: JSON for programs, pages for people, and nothing that is damaged hides the rest."""

import pytest

from report import version_report as reports

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def manifest(tmp_path):
    return tmp_path / "registry/mnist/versions/1/manifest.json"


class TestVersions:
    def test_a_program_gets_json(self, client, registry):
        answer = client.get("/models/mnist").json
        (version,) = answer["versions"]
        assert (answer["name"], answer["aliases"]) == ("mnist", {"champion": 1})
        assert (version["sha256"], version["accuracy"]) == (registry.manifest(1).sha256, 0.5)
        assert answer["log"][0]["what"] == "champion is version 1"

    def test_a_browser_gets_a_page(self, client):
        answer = client.get("/models/mnist", headers=BROWSER)
        assert answer.mimetype == "text/html"
        assert 'href="/models/mnist/1"' in answer.text

    def test_a_version_that_is_published_meanwhile_is_listed(self, client, publish):
        publish()
        assert [version["version"] for version in client.get("/models/mnist").json["versions"]] == [2, 1]

    def test_a_damaged_version_is_listed(self, client, manifest):
        manifest.write_text("{")
        (version,) = client.get("/models/mnist").json["versions"]
        assert (version["accuracy"], "not a manifest" in version["failure"]) == (None, True)
        assert "Damaged" in client.get("/models/mnist", headers=BROWSER).text

    def test_an_event_of_other_types_is_still_text(self, client, tmp_path):
        event = '{"when": 7, "who": null, "what": [], "why": "it", "aliases": {}}\n'
        (tmp_path / "registry/mnist/log.jsonl").write_text(event)
        assert client.get("/models/mnist").json["log"] == [
            {"when": "unknown", "who": "unknown", "what": "unknown", "why": "it"}
        ]


class TestVersion:
    def test_a_program_gets_the_document_without_its_weights(self, client):
        assert client.get("/models/mnist/1").json == client.get("/model").json

    @pytest.mark.parametrize("named", ["1", "champion"])
    def test_a_browser_gets_the_report(self, client, registry, named):
        answer = client.get(f"/models/mnist/{named}", headers=BROWSER)
        assert answer.mimetype == "text/html"
        assert reports.fragment(registry.load(1)[0]) in answer.text

    def test_the_page_says_which_aliases_point_to_it_now(self, client, publish):
        def aliases():
            return client.get("/models/mnist/1", headers=BROWSER).text.count('class="alias"')

        assert aliases() == 1
        publish()
        assert aliases() == 0

    def test_a_report_is_made_once(self, client, monkeypatch):
        page = client.get("/models/mnist/1", headers=BROWSER).text
        monkeypatch.setattr("service.pages.reports.fragment", None)
        assert client.get("/models/mnist/1", headers=BROWSER).text == page

    def test_a_version_that_was_replaced_is_read_again(self, client, publish, tmp_path):
        client.get("/models/mnist/1")
        (tmp_path / "registry/mnist").rename(tmp_path / "away")
        replaced = publish(favourite=3, training={"recipe": "another"})
        answer = client.get("/models/mnist/1").json
        assert (answer["sha256"], answer["training"]["recipe"]) == (replaced.sha256, "another")

    @pytest.mark.parametrize("named", ["2", "0", "candidate", "01", "1" * 30, "²"])
    def test_what_is_not_there_is_404(self, client, named):
        answer = client.get(f"/models/mnist/{named}")
        assert answer.status_code == 404
        assert answer.json == {"error": f"mnist has no version or alias {named!r}"}

    def test_a_damaged_version_is_503(self, client, tmp_path):
        (tmp_path / "registry/mnist/versions/1/model.json").write_text("{}")
        answer = client.get("/models/mnist/1")
        assert answer.status_code == 503
        assert "expected sha256" in answer.json["error"]

    def test_of_a_model_without_versions_there_is_no_report(self, client_without_model):
        assert client_without_model.get("/models/mnist/1").status_code == 404


class TestPages:
    @pytest.mark.parametrize("path", ["/models/mnist", "/models/mnist/1", "/models/mnist/9"])
    def test_what_is_answered_depends_on_what_is_accepted(self, client, path):
        for headers in ({}, BROWSER):
            assert "Accept" in client.get(path, headers=headers).headers["Vary"]

    @pytest.mark.parametrize(
        ("path", "status", "sentence"),
        [
            ("/models/other", 404, "model: expected mnist, got &#39;other&#39;"),
            ("/models/other/1", 404, "model: expected mnist, got &#39;other&#39;"),
            ("/models/mnist/9", 404, "mnist has no version or alias &#39;9&#39;"),
            ("/models/mnist/<script>", 404, "&lt;script&gt;"),
        ],
    )
    def test_an_error_is_a_page_for_people(self, client, path, status, sentence):
        answer = client.get(path, headers=BROWSER)
        assert (answer.status_code, answer.mimetype) == (status, "text/html")
        assert sentence in answer.text

    def test_a_damaged_version_is_a_page_too(self, client, manifest):
        manifest.write_text("{")
        answer = client.get("/models/mnist/1", headers=BROWSER)
        assert (answer.status_code, answer.mimetype) == (503, "text/html")

    def test_a_bug_is_a_page_too(self, client, monkeypatch):
        monkeypatch.setattr("service.pages.registry_pages.overview", lambda _: 1 / 0)
        answer = client.get("/models/mnist", headers=BROWSER)
        assert (answer.status_code, "the service has a bug" in answer.text) == (500, True)

    def test_the_style_sheet_is_served(self, client):
        page = client.get("/models/mnist/1", headers=BROWSER).text
        assert 'href="/static/report/report.css"' in page
        with client.get("/static/report/report.css") as sheet:
            assert (sheet.status_code, sheet.mimetype) == (200, "text/css")

    def test_images_may_stand_in_the_page(self, client):
        policy = client.get("/models/mnist/1", headers=BROWSER).headers["Content-Security-Policy"]
        assert "img-src 'self' data:" in policy
        assert "unsafe" not in policy
