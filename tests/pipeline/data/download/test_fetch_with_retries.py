import dataclasses
import errno
import gzip
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mirror import CONTENT, answering, cut_off_after, endless, failing_with

from pipeline.data.download import fetch_with_retries
from pipeline.data.download.fetch_with_retries import DownloadError, fetch

PACKED = gzip.compress(CONTENT, mtime=0)


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """Pauses are noted, not waited for."""
    noted: list[float] = []
    monkeypatch.setattr(fetch_with_retries.time, "sleep", noted.append)
    return noted


def nothing_but(folder: Path, *names: str) -> bool:
    return sorted(path.name for path in folder.iterdir()) == sorted([".lock", *names])


def test_a_file_is_unpacked_into_the_cache(make_mirror, resource, tmp_path):
    path = fetch(resource, [make_mirror().url], tmp_path / "new" / "folder")
    assert path.read_bytes() == CONTENT
    assert nothing_but(path.parent, "images")


def test_a_cached_file_is_not_asked_for_again(make_mirror, resource, tmp_path):
    mirror = make_mirror()
    for _ in range(2):
        fetch(resource, [mirror.url], tmp_path)
    assert len(mirror.requests) == 1


def test_a_cached_file_that_was_damaged_is_downloaded_again(make_mirror, resource, tmp_path):
    (tmp_path / "images").write_bytes(CONTENT[:-1] + b"?")
    assert fetch(resource, [make_mirror().url], tmp_path).read_bytes() == CONTENT


def test_mirrors_are_tried_in_order(make_mirror, resource, tmp_path):
    first, second, third = make_mirror(), make_mirror(), make_mirror()
    first.files.clear()
    fetch(resource, [first.url, second.url, third.url], tmp_path)
    assert [len(mirror.requests) for mirror in (first, second, third)] == [1, 1, 0]


def test_a_broken_transfer_is_resumed(make_mirror, resource, tmp_path):
    mirror = make_mirror(faults=[cut_off_after(1000), cut_off_after(500)])
    assert fetch(resource, [mirror.url], tmp_path).read_bytes() == CONTENT
    assert [wanted for _, wanted in mirror.requests] == [None, "bytes=1000-", "bytes=1500-"]


def test_a_transfer_is_resumed_by_the_next_process(make_mirror, resource, tmp_path):
    mirror = make_mirror(faults=[cut_off_after(1000), failing_with(503), failing_with(503)])
    with pytest.raises(DownloadError):
        fetch(resource, [mirror.url], tmp_path)
    assert fetch(resource, [mirror.url], tmp_path).read_bytes() == CONTENT
    assert mirror.requests[-1][1] == "bytes=1000-"


def test_a_mirror_without_ranges_starts_over(make_mirror, resource, tmp_path):
    mirror = make_mirror(ranges=False, faults=[cut_off_after(1000)])
    assert fetch(resource, [mirror.url], tmp_path).read_bytes() == CONTENT


def test_a_transfer_that_was_complete_is_not_asked_for_more(make_mirror, resource, tmp_path):
    """A process that died between the last byte and the cache left the whole file behind."""
    mirror = make_mirror(faults=[cut_off_after(1000), failing_with(503), failing_with(503)])
    with pytest.raises(DownloadError):
        fetch(resource, [mirror.url], tmp_path)
    (part,) = tmp_path.glob("*.part")
    part.write_bytes(PACKED)
    assert fetch(resource, [mirror.url], tmp_path).read_bytes() == CONTENT


def test_what_was_kept_is_thrown_away_where_it_is_wrong(make_mirror, resource, tmp_path):
    mirror = make_mirror(faults=[cut_off_after(1000), failing_with(503), failing_with(503)])
    with pytest.raises(DownloadError):
        fetch(resource, [mirror.url], tmp_path)
    (part,) = tmp_path.glob("*.part")
    part.write_bytes(b"?" * 1000)
    assert fetch(resource, [mirror.url], tmp_path).read_bytes() == CONTENT


def test_rounds_are_followed_by_pauses_that_grow_with_jitter(make_mirror, resource, tmp_path, pauses):
    with pytest.raises(DownloadError):
        fetch(resource, [make_mirror(faults=[failing_with(503)] * 3).url], tmp_path)
    first, second = pauses
    assert 0.5 <= first <= 1.5
    assert 1 <= second <= 3


def test_a_mirror_that_recovers_is_good_enough(make_mirror, resource, tmp_path):
    mirror = make_mirror(faults=[failing_with(503), failing_with(429)])
    assert fetch(resource, [mirror.url], tmp_path).read_bytes() == CONTENT


def test_a_mirror_without_the_file_is_asked_once(make_mirror, resource, tmp_path):
    mirror = make_mirror()
    mirror.files.clear()
    with pytest.raises(DownloadError, match="HTTP 404"):
        fetch(resource, [mirror.url], tmp_path)
    assert len(mirror.requests) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (gzip.compress(CONTENT[:-1] + b"?"), f"expected sha256 {'[0-9a-f]{64}'} of the unpacked file, got"),
        (gzip.compress(CONTENT + b"?"), "expected sha256"),
        (gzip.compress(CONTENT[:-1]), "expected sha256"),
        (gzip.compress(bytes(50_000_000)), "expected sha256"),
        (b"<html>not found</html>", "not a gzip file"),
        (b"", "cut off after 0 bytes"),
        (PACKED[:5000], "cut off after 5000 bytes"),
    ],
    ids=["changed", "longer", "shorter", "bomb", "page", "empty", "truncated"],
)
def test_a_wrong_file_is_refused_and_not_kept(make_mirror, resource, tmp_path, content, sentence):
    with pytest.raises(DownloadError, match=sentence):
        fetch(resource, [make_mirror(content).url], tmp_path)
    assert not (tmp_path / "images").exists()


def test_a_wrong_file_leaves_the_next_mirror_its_turn(make_mirror, resource, tmp_path):
    wrong, right = make_mirror(gzip.compress(b"?")), make_mirror()
    assert fetch(resource, [wrong.url, right.url], tmp_path).read_bytes() == CONTENT


def test_the_error_names_every_mirror_and_what_to_do(make_mirror, resource, tmp_path):
    away, empty = "http://127.0.0.1:9/", make_mirror()
    empty.files.clear()
    with pytest.raises(DownloadError) as caught:
        fetch(resource, [away, empty.url], tmp_path)
    sentence = str(caught.value)
    assert f"{away}: [Errno 111] Connection refused" in sentence
    assert f"{empty.url}: HTTP 404 Not Found" in sentence
    assert "name a mirror in NUMERAL_MNIST_MIRRORS" in sentence


@pytest.fixture
def packed(resource):
    """The same file, known by the digest of how it is packed."""
    digest = hashlib.sha256(PACKED).hexdigest()
    return dataclasses.replace(resource, sha256=digest, setting="fashion_mnist_mirrors", packed=True)


def test_a_packed_file_is_kept_as_it_came(make_mirror, packed, tmp_path):
    path = fetch(packed, [make_mirror(PACKED).url], tmp_path)
    assert path.read_bytes() == PACKED
    assert nothing_but(tmp_path, "images.gz")


def test_a_packed_file_in_the_cache_is_verified_each_time(make_mirror, packed, tmp_path):
    mirror = make_mirror(PACKED)
    for damaged in (False, False, True):
        if damaged:
            (tmp_path / "images.gz").write_bytes(gzip.compress(CONTENT, mtime=1))
        assert fetch(packed, [mirror.url], tmp_path).read_bytes() == PACKED
    assert len(mirror.requests) == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (gzip.compress(CONTENT, mtime=1), f"expected sha256 {'[0-9a-f]{64}'} of the packed file, got"),
        (PACKED + b"?", "of the packed file"),
        (PACKED[:5000], "cut off after 5000 bytes"),
        (PACKED[:-1], f"cut off after {len(PACKED) - 1} bytes"),
        (b"<html>not found</html>", "not a gzip file"),
    ],
    ids=["packed-otherwise", "longer", "truncated", "one-byte-short", "page"],
)
def test_what_is_packed_otherwise_is_refused(make_mirror, packed, tmp_path, content, sentence):
    with pytest.raises(DownloadError, match=sentence) as caught:
        fetch(packed, [make_mirror(content).url], tmp_path)
    assert "name a mirror in NUMERAL_FASHION_MNIST_MIRRORS" in str(caught.value)
    assert not (tmp_path / "images.gz").exists()


def test_a_folder_can_be_a_mirror(resource, tmp_path):
    (tmp_path / "a mirror").mkdir()
    (tmp_path / "a mirror" / "images.gz").write_bytes(PACKED)
    url = (tmp_path / "a mirror").as_uri() + "/"
    assert fetch(resource, [url], tmp_path / "cache").read_bytes() == CONTENT


def test_a_folder_without_the_file_is_no_mirror(resource, tmp_path):
    with pytest.raises(DownloadError, match="no such file"):
        fetch(resource, [tmp_path.as_uri() + "/"], tmp_path / "cache")


def test_a_full_disk_is_told_and_the_old_file_stays(make_mirror, resource, tmp_path, monkeypatch):
    (tmp_path / "images").write_bytes(b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(fetch_with_retries.atomic_files.os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        fetch(resource, [make_mirror().url], tmp_path)
    assert (tmp_path / "images").read_bytes() == b"old"


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd/", "file:///dev/", "file:///%00/", "file:///root/\udcff/", f"file:///{'x' * 300}/"],
    ids=["not-a-folder", "nothing-there", "null", "no-utf-8", "too-long"],
)
def test_a_folder_that_cannot_be_one_leaves_the_next_mirror_its_turn(make_mirror, resource, tmp_path, url):
    assert fetch(resource, [url, make_mirror().url], tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://\xff\xfe/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: gopher://127.0.0.1/\r\n\r\n",
        b"HTTP/1.1 999999 No\r\n\r\n",
        b"",
    ],
    ids=["abc", "-1", "two", "long", "chunked", "no-utf-8", "ipv6", "gopher", "status", "nothing"],
)
def test_an_answer_that_is_none_leaves_the_next_mirror_its_turn(make_mirror, resource, tmp_path, head):
    wrong = make_mirror(faults=[answering(head)] * 9)
    assert fetch(resource, [wrong.url, make_mirror().url], tmp_path).read_bytes() == CONTENT


@settings(max_examples=30)
@given(head=st.binary(max_size=60))
def test_whatever_a_mirror_answers_the_next_one_has_its_turn(make_mirror, resource, tmp_path_factory, head):
    wrong = make_mirror(faults=[answering(b"HTTP/1.1 200 OK\r\n" + head)] * 9)
    folder = tmp_path_factory.mktemp("cache")
    assert fetch(resource, [wrong.url, make_mirror().url], folder).read_bytes() == CONTENT


@pytest.mark.parametrize("count", [1, 2])
def test_a_mirror_that_does_not_end_is_left(make_mirror, resource, tmp_path, count):
    wrong = make_mirror(faults=[cut_off_after(1000)] * (count - 1) + [endless] * 9)
    assert fetch(resource, [wrong.url, make_mirror().url], tmp_path).read_bytes() == CONTENT
    assert nothing_but(tmp_path, "images") or count == 2


def test_a_file_that_does_not_end_is_not_read_to_its_end(resource, tmp_path):
    (tmp_path / "mirror").mkdir()
    with (tmp_path / "mirror" / "images.gz").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(DownloadError, match=r"expected at most [0-9]+ bytes, got more"):
        fetch(resource, [(tmp_path / "mirror").as_uri() + "/"], tmp_path / "cache")
    assert nothing_but(tmp_path / "cache")


def test_without_a_bundle_of_certificates_a_mirror_that_needs_none_has_its_turn(
    make_mirror, resource, tmp_path, monkeypatch
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nothing"))
    mirrors = ["https://127.0.0.1:9/", make_mirror().url]
    assert fetch(resource, mirrors, tmp_path).read_bytes() == CONTENT


def test_loopback_is_not_asked_through_a_proxy(make_mirror, resource, tmp_path, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert fetch(resource, [make_mirror().url], tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize(
    "mirror",
    [
        "http://user:s3cret@127.0.0.1:9/",
        "http://user:s3cret@127.0.0.1:99999/",
        "http://user:s3cret@[/",
        "http://user:s3cret@" + "x" * 70 + ".example/",
        "http://127.0.0.1:9/?token=s3cret/",
    ],
)
def test_no_secret_of_a_mirror_is_told(resource, tmp_path, caplog, mirror):
    with pytest.raises(DownloadError) as caught:
        fetch(resource, [mirror], tmp_path)
    assert "s3cret" not in str(caught.value) + caplog.text


def test_no_secret_of_where_a_mirror_leads_is_told(make_mirror, resource, tmp_path, caplog):
    location = b"Location: gopher://user:s3cret@h/x?sig=s3cret\r\n\r\n"
    mirror = make_mirror(faults=[answering(b"HTTP/1.1 302 Found\r\n" + location)] * 3)
    with pytest.raises(DownloadError, match="gopher://h/x") as caught:
        fetch(resource, [mirror.url], tmp_path)
    assert "s3cret" not in str(caught.value) + caplog.text
