"""Waiting for a data set whose mirrors are away."""

import gzip

import pytest

from model.settings import Settings
from pipeline.data import wait_for_download
from pipeline.data.download import fetch_with_retries


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that is to be a mirror, and has nothing yet."""
    monkeypatch.setattr(fetch_with_retries, "PAUSE_SECONDS", 0)
    folder = tmp_path / "mirror"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(folder, tmp_path):
    return Settings(mnist_mirrors=(f"{folder.as_uri()}/",), data=tmp_path / "data")


@pytest.mark.mnist
def test_the_files_are_brought_once_a_mirror_has_them_after_pauses_that_grow(
    folder, settings, mnist_folder, monkeypatch
):
    monkeypatch.setattr(wait_for_download, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(wait_for_download, "LONGEST_PAUSE_SECONDS", 0.003)
    announced = []

    def announce(sentence):
        announced.append(sentence)
        if len(announced) == 4:
            for file in mnist_folder.glob("*-ubyte"):
                (folder / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), 1))

    wait_for_download.bring("mnist", settings, announce)

    pauses = [sentence.split(" s: ")[0].split()[-1] for sentence in announced]
    assert pauses == ["0.001", "0.002", "0.003", "0.003"]
    assert all("no mirror gave the file" in sentence for sentence in announced)
    assert len(list(settings.data.rglob("*-ubyte"))) == 4


def test_a_cache_that_cannot_be_written_is_not_waited_for(settings):
    settings.data.write_text("no folder")
    with pytest.raises(OSError, match="data"):
        wait_for_download.bring("mnist", settings, pytest.fail)
