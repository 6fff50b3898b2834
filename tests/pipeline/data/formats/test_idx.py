import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from pipeline.data.formats.idx import IdxError, decode, encode

VALID = encode(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))


@given(arrays(np.uint8, array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5)))
def test_what_is_written_is_read_again(array):
    read = decode(encode(array), "file")
    assert read.shape == array.shape
    assert (read == array).all()


def test_the_header_is_the_published_one():
    assert encode(np.zeros((2, 3), np.uint8))[:12] == bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3])


def test_ints_are_read_as_they_are():
    raw = struct.pack(">HBBII6i", 0, 0x0C, 2, 3, 2, 7, -1, 2**31 - 1, 0, 1, 2)
    assert decode(raw, "file").tolist() == [[7, -1], [2**31 - 1, 0], [1, 2]]
    with pytest.raises(IdxError, match=r"file: expected 36 bytes for dimensions \(3, 2\), got 35"):
        decode(raw[:-1], "file")


def test_reading_copies_nothing():
    assert np.shares_memory(decode(VALID, "file"), np.frombuffer(VALID, np.uint8))


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "expected an IDX header of 4 bytes or more, got 0"),
        (VALID[:3], "expected an IDX header of 4 bytes or more, got 3"),
        (b"\x1f\x8b" + VALID[2:], "expected two zero bytes at the start, got 0x1f8b"),
        (VALID[:2] + b"\x0d" + VALID[3:], "expected type 0x08 (unsigned byte) or 0x0c (int), got 0x0d"),
        (VALID[:3] + b"\x00" + VALID[4:], "expected 1 to 3 dimensions, got 0"),
        (VALID[:3] + b"\xff" + VALID[4:], "expected 1 to 3 dimensions, got 255"),
        (VALID[:10], "expected a header of 16 bytes, got 10"),
        (VALID[:-1], "expected 40 bytes for dimensions (2, 3, 4), got 39"),
        (VALID + b"\x00", "expected 40 bytes for dimensions (2, 3, 4), got 41"),
        (struct.pack(">HBB3I", 0, 8, 3, *[2**32 - 1] * 3), "(4294967295, 4294967295, 4294967295), got 16"),
    ],
    ids=["empty", "short", "gzip", "float", "flat", "many", "header", "truncated", "oversized", "huge"],
)
def test_a_wrong_file_is_a_sentence(raw, sentence):
    with pytest.raises(IdxError) as caught:
        decode(raw, "train-images")
    assert str(caught.value).startswith("train-images: ")
    assert sentence in str(caught.value)


@given(st.binary(max_size=64))
def test_arbitrary_bytes_are_an_array_or_an_error(raw):
    try:
        assert decode(raw, "file").dtype in (np.uint8, np.dtype(">i4"))
    except IdxError as error:
        assert "file: expected" in str(error)  # noqa: PT017  the other outcome is as good


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros((1, 1, 1, 1), np.uint8), np.uint8(1)])
def test_only_bytes_in_1_to_3_dimensions_are_written(array):
    with pytest.raises(IdxError, match="expected uint8 in 1 to 3 dimensions"):
        encode(np.asarray(array))
