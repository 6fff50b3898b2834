"""The models: what is named is what answers, and little is kept in memory."""

import shutil
from dataclasses import asdict, replace

import orjson
import pytest

from model.document.format import encode
from model.registry.versions import Manifest
from service.errors import RequestError
from service.serving import repository as room
from service.serving.repository import KEPT, Models


@pytest.fixture
def models(publish, registry):
    """Eight versions, of which the last is the champion."""
    for favourite in range(8):
        publish(favourite=favourite)
    models = Models(registry)
    models.champion.refresh()
    return models


@pytest.fixture
def loads(monkeypatch):
    """The versions that were loaded, beside the champion."""
    seen = []
    real = room.load
    monkeypatch.setattr(
        room, "load", lambda registry, number, _: seen.append(number) or real(registry, number)
    )
    return seen


def test_a_version_is_loaded_once(models, loads):
    assert [models.of("mnist", "3").manifest.version for _ in range(3)] == [3, 3, 3]
    assert loads == [3]


def test_a_version_that_was_replaced_under_its_number_is_loaded_again(models, loads, tmp_path):
    versions = tmp_path / "registry/mnist/versions"
    before = models.of("mnist", "3")
    shutil.rmtree(versions / "3")
    assert models.of("mnist", "3") is before  # what is in memory goes on answering
    document = replace(before.document, created_at="2026-02-03T04:05:06.789Z")
    (versions / "3").mkdir()
    raw = encode(document)
    (versions / "3" / "model.json").write_bytes(raw)
    (versions / "3" / "manifest.json").write_bytes(orjson.dumps(asdict(Manifest.of(document, raw))))
    assert models.of("mnist", "3").document.created_at == document.created_at
    assert loads == [3, 3]


def test_the_champion_is_not_loaded_again(models, loads):
    assert models.of("mnist", "8") is models.of("mnist") is models.of("mnist", alias="champion")
    assert loads == []


def test_the_versions_that_were_asked_last_are_kept(models, loads):
    for version in (1, 2, 3, 4, 1, 5, 1, 2):
        models.of("mnist", str(version))
    assert KEPT == 4
    assert loads == [1, 2, 3, 4, 5, 2]


def test_an_alias_is_what_it_points_to_now(models, registry):
    for version in (3, 5):
        registry.point("stable", version, "for a test")
        assert models.of("mnist", alias="stable").manifest.version == version


def test_a_version_that_is_damaged_is_not_ready(models, tmp_path):
    (tmp_path / "registry/mnist/versions/2/model.json").write_text("{}")
    with pytest.raises(RequestError, match="this version cannot be served: mnist version 2: ") as caught:
        models.of("mnist", "2")
    assert caught.value.status == 503
    assert models.of("mnist").manifest.version == 8


def test_aliases_that_are_damaged_are_not_ready(models, tmp_path):
    (tmp_path / "registry/mnist/aliases.json").write_text("[]")
    with pytest.raises(RequestError, match="this version cannot be served: ") as caught:
        models.of("mnist", alias="stable")
    assert caught.value.status == 503


def test_versions_are_told_from_the_newest_on(models):
    assert models.versions() == [8, 7, 6, 5, 4, 3, 2, 1]
