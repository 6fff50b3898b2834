"""The history: what can be read is told, and what is damaged leaves the rest as it is."""

import re

import pytest

from model.document.document import Document
from model.registry.registry import Registry
from report.values.version_history import Entry, history
from report.versions_overview import MOST, accuracy, overview


@pytest.fixture
def small(make_document):
    return lambda share=0.5, **changes: make_document(shape=(2, 2), metrics={"accuracy": share}, **changes)


@pytest.fixture
def published(registry, small) -> Registry:
    """Three versions: the second is champion, the third candidate."""
    for share in (0.9, 0.95, 0.93):
        registry.publish(small(share), f"accuracy {share}")
    registry.point("champion", 2, "better")
    registry.point("candidate", 3, "worse")
    return registry


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "registry/mnist"


class TestHistory:
    def test_versions_and_log_are_the_newest_first(self, published):
        found = history(published)
        assert [entry.version for entry in found.versions] == [3, 2, 1]
        assert [event.what for event in found.log][:2] == ["candidate is version 3", "champion is version 2"]

    def test_a_version_is_as_its_manifest_tells(self, published):
        manifest = published.manifest(2)
        assert history(published).versions[1] == Entry(
            2,
            manifest.created_at,
            "mnist",
            "none",
            0.95,
            manifest.sha256,
            manifest.size,
            ("champion",),
        )

    def test_no_weights_are_read(self, published, monkeypatch):
        monkeypatch.setattr("model.registry.versions.decode", None)
        assert len(history(published).versions) == 3

    def test_a_damaged_version_is_told_beside_the_others(self, published, folder):
        (folder / "versions/2/manifest.json").write_text("{")
        first, second, third = reversed(history(published).versions)
        assert (first.failure, third.failure, second.aliases) == (None, None, ("champion",))
        assert second.failure.startswith("mnist version 2: not a manifest")

    @pytest.mark.parametrize(("file", "word"), [("aliases.json", "aliases"), ("log.jsonl", "log")])
    def test_damaged_aliases_or_log_are_told_beside_the_versions(self, published, folder, file, word):
        (folder / file).write_text("[]\n")
        found = history(published)
        assert len(found.versions) == 3
        assert getattr(found, word) in ({}, ())
        assert word in found.failures[0]

    def test_of_a_manifest_what_is_of_another_type_is_missing(self, registry, small):
        registry.publish(small("good", dataset={"name": 7}, training={"recipe": None}), "for a test")
        (entry,) = history(registry).versions
        assert (entry.accuracy, entry.dataset, entry.recipe) == (None, None, None)

    def test_an_empty_registry_has_none(self, registry):
        found = history(registry)
        assert (found.versions, found.log, found.failures, found.champion) == ((), (), (), None)


class TestOverview:
    def test_each_version_leads_to_its_report(self, published):
        links = re.findall(r'href="([^"]*)">Version', overview(history(published), "/models/mnist"))
        assert links == ["/models/mnist/3", "/models/mnist/2", "/models/mnist/1"]

    def test_the_chart_has_every_accuracy(self, published):
        figure = accuracy(history(published))
        assert figure.table.rows == (("1", "90.00\u00a0%"), ("2", "95.00\u00a0%"), ("3", "93.00\u00a0%"))
        assert "version 2 has the highest accuracy: 95.00\u00a0%. The champion is version 2." in figure.svg

    def test_versions_that_tell_no_accuracy_have_no_chart(self, registry, small):
        registry.publish(small(None), "for a test")
        assert accuracy(history(registry)) is None
        assert "Version 1" in overview(history(registry), "/models/mnist")

    def test_a_model_without_versions_is_told_to_be_one(self, registry):
        assert "No version was published yet." in overview(history(registry), "/models/mnist")

    def test_a_damaged_version_has_a_row(self, published, folder):
        (folder / "versions/1/manifest.json").unlink()
        assert "Damaged: mnist version 1: manifest.json is missing" in overview(
            history(published), "/models/mnist"
        )

    def test_what_is_written_is_text(self, registry, small):
        registry.publish(small(dataset={"name": "<script>1"}), "<script>2")
        page = overview(history(registry), "/models/mnist")
        assert "&lt;script&gt;1" in page
        assert "&lt;script&gt;2" in page
        assert "<script" not in page

    def test_of_a_long_log_the_newest_are_shown(self, registry, make_document):
        document: Document = make_document(shape=(2, 2))
        registry.publish(document, "the first event")
        for number in range(MOST):
            registry.point("champion", 1, f"event {number}")
        page = overview(history(registry), "/models/mnist")
        assert "the first event" not in page
        assert "1 earlier ones" in page
