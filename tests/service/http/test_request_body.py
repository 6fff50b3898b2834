"""Bodies: packed or not, whole or not, within the limit."""

import gzip
import json
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import RequestEntityTooLarge

from service.errors import RequestError
from service.http.request_body import unpacked

LIMIT = 20_000


def bare(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


def gzipped(content: bytes) -> bytes:
    """A member of gzip; always the same one, as names of tests are to be."""
    return gzip.compress(content, mtime=0)


@pytest.fixture
def post(publish, make_app, body):
    """Ask for a prediction with a body that is packed."""
    publish(favourite=7)
    client = make_app(max_body_bytes=LIMIT).test_client()

    def ask(encoding, pack, content=None):
        headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
        return client.post("/predict", data=pack(body() if content is None else content), headers=headers)

    return ask


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("GZIP", gzip.compress), ("deflate", zlib.compress),
     ("deflate", bare), ("identity", bytes), ("", bytes)],
)  # fmt: skip
def test_a_packed_body_is_unpacked(post, encoding, pack):
    assert post(encoding, pack).json["predictions"] == [7]


def test_another_encoding_is_415(post):
    answer = post("br", bytes)
    assert (answer.status_code, answer.json) == (
        415,
        {"error": "Content-Encoding: expected gzip or deflate, got br"},
    )


@pytest.mark.parametrize(
    "pack", [bytes, lambda body: gzip.compress(body)[:-9], lambda body: gzip.compress(body)[:30]]
)
def test_what_does_not_unpack_is_400(post, pack):
    answer = post("gzip", pack)
    assert (answer.status_code, answer.json) == (
        400,
        {"error": "body: expected gzip, got bytes that are not"},
    )


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, bare])
def test_more_than_the_limit_is_413(post, pack):
    assert post("gzip", pack, b" " * LIMIT).status_code == 400  # as much as may be, and no JSON
    answer = post("gzip", pack, b" " * (LIMIT + 1))
    assert (answer.status_code, answer.json["error"]) == (
        413,
        f"body: expected at most {LIMIT} bytes, got more",
    )


def test_no_more_than_the_limit_is_ever_unpacked():
    bomb = gzip.compress(b"\0" * (200 << 20), 9)  # in a fifth of a megabyte
    limit = 32 << 20
    tracemalloc.start()
    with pytest.raises(RequestEntityTooLarge):
        unpacked(bomb, limit)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 << 20


@pytest.mark.parametrize(
    "packed",
    [
        gzipped(b"ab") + gzipped(b"cd"),  # as `cat a.gz b.gz` and bgzip have them
        gzipped(b"abcd") + gzipped(b""),
        gzipped(b"") + gzipped(b"abcd"),
        gzipped(b"abcd") + bytes(512),  # as tapes and block devices have it
        gzipped(b"ab") + bytes(7) + gzipped(b"cd") + bytes(1),
    ],
    ids=["members", "an empty last member", "an empty first member", "padding", "padded members"],
)
def test_gzip_has_members_and_padding(packed):
    assert unpacked(packed, 4) == b"abcd"
    with pytest.raises(RequestEntityTooLarge):
        unpacked(packed, 3)


@pytest.mark.parametrize(
    "packed",
    [
        gzipped(b"ab") + b"x",
        gzipped(b"ab") + gzipped(b"cd")[:-1],
        gzipped(b"ab") + bare(b"cd"),
        zlib.compress(b"ab") + bytes(1),
        zlib.compress(b"ab") + zlib.compress(b"cd"),
        bare(b"ab") + bare(b"cd"),
    ],
)
def test_nothing_else_follows(packed):
    with pytest.raises(zlib.error):
        unpacked(packed, 99)


def test_members_of_nothing_do_not_go_on_without_end():
    with pytest.raises(RequestError, match="at most 10000 members of gzip"):
        unpacked(gzip.compress(b"ab") + gzip.compress(b"") * 100_000, 3)


@given(st.lists(st.tuples(st.binary(max_size=99), st.integers(0, 9)), min_size=1, max_size=9))
def test_members_come_back_in_their_order(members):
    packed = b"".join(gzip.compress(content) + bytes(padding) for content, padding in members)
    whole = b"".join(content for content, _ in members)
    assert unpacked(packed, len(whole)) == whole


@given(content=st.binary(max_size=3000), cut=st.integers(0, 100))
def test_anything_comes_back_and_a_part_never_does(content, cut):
    for pack in (gzip.compress, zlib.compress, bare):
        packed = pack(content)
        assert unpacked(packed, len(content)) == content
        if cut and cut < len(packed):
            with pytest.raises(zlib.error):
                unpacked(packed[:-cut], len(content))


def test_whatever_is_said_to_be_packed_is_not_a_bug(post):
    @given(content=st.binary(max_size=200))
    def holds(content):
        answer = post("gzip", bytes, content)
        assert answer.status_code in (400, 413), json.dumps(answer.json)

    holds()
