import dataclasses
import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest
from files import idx_files, write_csv, write_idx, write_npz

from model.errors import NumeralError
from model.settings import Settings
from pipeline.data import sources
from pipeline.data.dataset.read_options import ReadOptions
from pipeline.data.sources import DOWNLOADS, bring, kind_and_place, load


@pytest.mark.parametrize(
    ("dataset", "pair"),
    [
        ("mnist", ("mnist", "")),
        ("fashion-mnist", ("fashion-mnist", "")),
        ("idx:var/my digits", ("idx", "var/my digits")),
        ("csv:C:x.csv", ("csv", "C:x.csv")),
    ],
)
def test_a_data_set_is_a_name_or_a_kind_and_a_place(dataset, pair):
    assert kind_and_place(dataset) == pair


@pytest.mark.parametrize(
    "dataset", ["", ":", "emnist", "MNIST", "mnist:", "mnist:here", "csv", "csv:", "x:y", "/t.csv"]
)
def test_another_name_is_answered_with_those_that_there_are(dataset):
    sentence = "expected one of mnist, digits, fashion-mnist, idx:DIR, npz:FILE, csv:FILE, got "
    with pytest.raises(NumeralError, match=f"^data set: {sentence}{dataset!r}$"):
        kind_and_place(dataset)


def test_what_comes_with_the_project_needs_no_network(digits):
    settings = Settings(mnist_mirrors=("http://127.0.0.1:9/",))
    assert load("digits", bring("digits", settings)).sha256 == digits.sha256


def test_a_place_is_used_as_it_is(tmp_path):
    paths = {
        "idx": write_idx(tmp_path / "folder"),
        "npz": write_npz(tmp_path / "d.npz", x=[[0.5], [1]] * 2, y=[0, 1] * 2),
        "csv": write_csv(tmp_path / "t.csv", "a,1\nb,2\n" * 2),
    }
    for kind, path in paths.items():
        place = bring(f"{kind}:{path}", Settings())
        assert place == path
        assert load(f"{kind}:{path}", place).name == f"{kind}:{path.name}"


def test_rows_and_columns_may_be_exchanged(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (12, 4, 3), np.uint8)
    for arrays in ({"x": images, "y": np.arange(12) % 2}, {"x": images[..., None], "y": np.arange(12) % 2}):
        path = write_npz(tmp_path / "d.npz", **arrays)
        plain, turned = (load(f"npz:{path}", path, ReadOptions(transpose=turn)) for turn in (False, True))
        assert turned.input.shape == (3, 4, *plain.input.shape[2:])
        for part in ("learning", "test"):
            before, after = getattr(plain, part), getattr(turned, part)
            assert (after.rows == before.rows).all()
            assert (after.images.reshape(-1, 3, 4) == before.images.reshape(-1, 4, 3).swapaxes(1, 2)).all()


def test_what_has_no_rows_and_columns_is_not_turned(tmp_path):
    path = write_csv(tmp_path / "t.csv", "a,1\nb,2\n" * 2)
    with pytest.raises(NumeralError, match="--transpose: expected images in rows and columns"):
        load("csv:t.csv", path, ReadOptions(transpose=True))


@pytest.mark.parametrize("options", [{"header": False}, {"label": "y"}])
def test_a_header_and_a_label_are_of_tables_alone(tmp_path, options):
    path = write_npz(tmp_path / "d.npz", x=[[0.5], [1]] * 2, y=[0, 1] * 2)
    with pytest.raises(NumeralError, match=r"--header, --label: expected a table, csv:FILE, got npz:d.npz"):
        load("npz:d.npz", path, ReadOptions(**options))


@pytest.mark.parametrize("kind", ["idx", "npz", "csv"])
def test_a_place_where_nothing_is_is_a_sentence(tmp_path, kind):
    with pytest.raises(NumeralError, match=r"none: expected a .*, and there is none"):
        load(f"{kind}:none", tmp_path / "none")


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_four_files_come_from_the_mirrors_of_their_setting(make_mirror, tmp_path, monkeypatch, name):
    raw = idx_files()
    packed = {file: gzip.compress(content, mtime=0) for file, content in raw.items()}
    resources = {
        file: dataclasses.replace(
            resource,
            sha256=hashlib.sha256((packed if resource.packed else raw)[file]).hexdigest(),
            size=len(raw[file]),
        )
        for file, resource in DOWNLOADS[name].items()
    }
    monkeypatch.setattr(sources, "DOWNLOADS", {name: resources})
    mirror = make_mirror()
    mirror.files = {f"/{file}.gz": content for file, content in packed.items()}
    setting = f"{name.replace('-', '_')}_mirrors"
    settings = Settings(data=tmp_path, **{setting: (mirror.url,)})

    for _ in range(2):
        place = bring(name, settings)
        dataset = load(name, place)
    assert place == Path(tmp_path / name)
    assert (dataset.name, len(dataset.learning), len(dataset.test)) == (name, 20, 10)
    assert sorted(dataset.sha256.values()) == sorted(resource.sha256 for resource in resources.values())
    assert len(mirror.requests) == 4
