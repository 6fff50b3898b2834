"""The decoder: which bodies are batches, which float32 they give, and what is said of all the others."""

import json
import math
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import RequestError
from service.inputs import json_body
from service.inputs.json_rows import Limits
from service.protocols import numeral

IMAGE = Limits((28, 28), rows=4)
SMALL = Limits((2, 3), rows=4)  # an instance is six numbers, or two lines of three
PIXELS = np.arange(784) % 256
GOOD = b'{"instances": [[0, 0, 0, 0, 0, 0]]}'


def body(*instances, **more) -> bytes:
    return json.dumps({"instances": instances, **more}).encode()


def decode(content: bytes, limits: Limits) -> np.ndarray:
    rows, _ = json_body.read(content, lambda said: numeral._batch(said, limits))
    return rows


def refusal(content: bytes, limits: Limits = SMALL) -> tuple[int, str]:
    with pytest.raises(RequestError) as caught:
        decode(content, limits)
    return caught.value.status, str(caught.value)


class TestBatch:
    """What is a batch becomes the float32 that training saw."""

    FLAT, NESTED = PIXELS.tolist(), PIXELS.reshape(28, 28).tolist()

    @pytest.mark.parametrize(
        "instances", [[FLAT], [NESTED], [FLAT, FLAT], [NESTED, NESTED], [FLAT, NESTED], [NESTED, FLAT]],
        ids=lambda rows: "-".join("flat" if len(row) == 784 else "nested" for row in rows),
    )  # fmt: skip
    def test_flat_and_nested_images_are_the_same(self, instances):
        rows = decode(body(*instances, max_value=255), IMAGE)
        assert np.array_equal(rows, np.tile(PIXELS.astype(np.uint8) / np.float32(255), (len(instances), 1)))

    @pytest.mark.parametrize("shape", [(6,), (2, 3), (1, 6), (6, 1), (1, 2, 3)], ids=str)
    def test_an_instance_may_be_nested_as_any_shape(self, shape):
        nested = np.arange(6).reshape(shape).tolist()
        rows = decode(body(nested, list(range(6)), max_value=5), Limits(shape, rows=2))
        assert np.array_equal(rows, np.tile(np.arange(6, dtype=np.float32) / 5, (2, 1)))

    def test_rows_are_float32(self):
        assert decode(GOOD, SMALL).dtype == np.float32

    def test_0_to_255_are_the_float32_that_bytes_over_255_give(self):
        values = np.arange(256, dtype=np.uint8)
        rows = decode(body(values.tolist(), max_value=255), Limits((256,), rows=1))
        assert np.array_equal(rows[0], values / np.float32(255))

    def test_shortest_decimals_of_k_over_255_give_the_same_float32(self):
        values = np.arange(256, dtype=np.uint8)
        rows = decode(body([k / 255 for k in range(256)]), Limits((256,), rows=1))
        assert np.array_equal(rows[0], values / np.float32(255))

    @pytest.mark.parametrize(
        ("number", "value"),
        [("-0", 0), ("1e-999", 0), ("0e999", 0), ("1e-1111111111111111111111", 0), ("1E0", 1), ("10e-1", 1),
         ("0.1e00000000000000000001", 1), ("0." + "0" * 400 + "1e401", 1), ("0." + "3" * 10_000, 1 / 3)],
        ids=lambda text: str(text)[:30],
    )  # fmt: skip
    def test_a_number_is_read_however_JSON_writes_it(self, number, value):
        content = b'{"instances": [[0, 0, 0, 0, 0, %s]]}' % number.encode()
        assert decode(content, SMALL)[0, -1] == np.float32(value)

    @pytest.mark.parametrize("max_value", ["5e-324", "0.1", "255", "18446744073709551615", "9" * 30, "1e308"])
    def test_max_value_becomes_one(self, max_value):
        content = b'{"instances": [[0, 0, 0, 0, 0, %b]], "max_value": %b}'.replace(b"%b", max_value.encode())
        assert decode(content, SMALL)[0].tolist() == [0, 0, 0, 0, 0, 1]

    @pytest.mark.parametrize(
        "content",
        [
            b'{"max_value": 1, "instances": [[0, 0, 0, 0, 0, 1]]}',
            b'\r\n\t {"instances" :\n[ [0,0,0,0,0,1]]\n}\n',
            b'{"inst\\u0061nces": [[0, 0, 0, 0, 0, 1]]}',
            b'\xef\xbb\xbf{"instances": [[0, 0, 0, 0, 0, 1]]}',  # RFC 8259 lets a reader skip it
        ],
        ids=["order of keys", "white space", "escaped key", "byte order mark"],
    )
    def test_what_JSON_leaves_open_does_not_matter(self, content):
        assert decode(content, SMALL)[0].tolist() == [0, 0, 0, 0, 0, 1]


NO_NUMBERS = [*b"0, NaN -Infinity 00 +1 .5 1. 0x1 1e 1e999x -".split(), b"0" * 30, b"0" * 30 + b"1e999"]


@pytest.mark.parametrize(
    "content",
    [b"", b" \n", b"\0", GOOD[:-1], GOOD + b"x", GOOD + GOOD, GOOD + b"\0", GOOD.replace(b'"', b"'"),
     GOOD.replace(b'"', b""), GOOD.replace(b"}", b"} // why not"), b'{"instances": "\\ud800"}',
     b'{"instances": "a\nb"}', GOOD.decode().encode("utf-16-be"), b"[" * 100_000,
     *(GOOD.replace(b"0]", number + b"]") for number in NO_NUMBERS)],
    ids=lambda content: repr(content[-24:]),
)  # fmt: skip
def test_what_is_no_JSON_is_400(content):
    status, message = refusal(content)
    start = f"body: expected JSON, got {len(content)} bytes that are not"
    assert (status, message[: len(start)]) == (400, start)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b'{"instances": [[0, 1,]]}', "trailing comma is not allowed, at byte 20, line 1, column 21"),
        (b'{\n "instances": [0\n', "unexpected end of data, at byte 19, line 3, column 1"),
        (
            '{"\u00e9": [NaN]}'.encode(),
            "unexpected character, expected a JSON value, at byte 8, line 1, column 8",
        ),
        (b"pixels=1", "unexpected character, expected a JSON value, at byte 0, line 1, column 1"),
    ],
)
def test_what_is_no_JSON_is_told_where_it_ceases_to_be(content, place):
    expected = f"body: expected JSON, got {len(content)} bytes that are not: {place}"
    assert refusal(content) == (400, expected)


def test_a_long_body_is_not_searched():
    content = b'{"instances": [[' + b"0," * json_body.SEARCHED_BYTES
    assert refusal(content) == (400, f"body: expected JSON, got {len(content)} bytes that are not")


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b'{"instances": "\xff"}', "0xff at byte 15"),
        (b'{"\xc0\xaf": 1}', "0xc0 at byte 2"),
        (b"\x1f\x8b\x08", "0x8b at byte 1"),
    ],
)
def test_what_is_no_UTF8_is_400(content, got):
    assert refusal(content) == (400, f"body: expected UTF-8, got byte {got}")


KEYS = "body: expected instances, beside it none but max_value, top_k; got "
ONCE = "body: expected each key once and no NUL, got "
ROW = "instances[0]: expected 6 numbers, got "
RANGE = "instances[0][5]: expected a number from 0 to 1, got "


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("5", "body: expected an object, got 5"),
        ('"a"', "body: expected an object, got 'a'"),
        ("[]", "body: expected an object, got a list"),
        ("1e999", "body: expected an object, got a number beyond float64"),
        ("{}", KEYS + "none"),
        ('{"max_value": 1}', KEYS + "'max_value'"),
        ('{"instances": [], "x": 1}', KEYS + "'instances', 'x'"),
        ('{"instances": [], "instances": []}', ONCE + "'instances'"),
        ('{"instances": [], "max_value": 1, "max_value": 1}', ONCE + "'max_value'"),
        ('{"instances": [], "inst\\u0061nces": []}', ONCE + "'instances'"),
        ('{"%s": 1}' % ("k" * 1000), KEYS + "'" + "k" * 40 + "...'"),
        ("{" + '"a": 1, ' * 100 + '"b": 1}', ONCE + "'a'"),
        ('{"instances": 5}', "instances: expected a list, got 5"),
        ('{"instances": "0"}', "instances: expected a list, got '0'"),
        ('{"instances": {"0": []}}', "instances: expected a list, got an object"),
        ('{"instances": []}', "instances: expected 1 to 4 rows, got 0"),
        ('{"instances": [[], [], [], [], []]}', "instances: expected 1 to 4 rows, got 5"),
        ('{"instances": [5]}', "instances[0]: expected a list of numbers, got 5"),
        ('{"instances": ["abcdef"]}', "instances[0]: expected a list of numbers, got 'abcdef'"),
        ('{"instances": [{}]}', "instances[0]: expected a list of numbers, got an object"),
        ('{"instances": [[]]}', ROW + "0"),
        ('{"instances": [[0, 0, 0, 0, 0]]}', ROW + "5"),
        ('{"instances": [[[0, 0], [0, 0, 0, 0]]]}', "instances[0][0]: expected 3 numbers, got 2"),
        ('{"instances": [[[0, 0, 0], 0]]}', "instances[0][1]: expected a list of numbers, got 0"),
        ('{"instances": [[[0, 0, 0], "abc"]]}', "instances[0][1]: expected a list of numbers, got 'abc'"),
        ('{"instances": [[[0, 0, 0], {"a": 0, "b": 0, "c": 0}]]}',
         "instances[0][1]: expected a list of numbers, got an object"),
        ('{"instances": [[[0, 0, 0], [0, 0, true]]]}',
         "instances[0][1][2]: expected a number from 0 to 1, got true"),
    ],
    ids=lambda text: text[:50],
)  # fmt: skip
def test_what_is_no_batch_is_422(content, message):
    assert refusal(content.encode()) == (422, message)


BEYOND = "a number beyond float64"


@pytest.mark.parametrize(
    ("value", "shown"),
    [('"0"', "'0'"), ('"%s"' % ("9" * 400), "'" + "9" * 40 + "...'"), ("null", "null"), ("true", "true"),
     ("false", "false"), ("{}", "an object"), ("[]", "a list"), ("[0]", "a list"), ("-1e-9", "-1e-09"),
     ("1.0000001", "1.0000001"), ("2", "2"), ("18446744073709551615", "18446744073709551615"),
     ("18446744073709551616", "1.8446744073709552e+19"), ("1e39", "1e+39"), ("1e308", "1e+308"),
     ("1e999", BEYOND), ("1E+999", BEYOND), ("-1e999", BEYOND), ("0.001e999", BEYOND), ("9" * 400, BEYOND),
     ("-" + "9" * 400 + ".5", BEYOND)],
    ids=lambda text: text[:30],
)  # fmt: skip
def test_what_is_no_pixel_is_422(value, shown):
    content = b'{"instances": [[0, 0, 0, 0, 0, %s]]}' % value.encode()
    assert refusal(content) == (422, RANGE + shown)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("0", "0"), ("-0.0", "-0.0"), ("-255", "-255"), ('"255"', "'255'"), ("true", "true"), ("null", "null"),
     ("[255]", "a list"), ("{}", "an object"), ("1e999", BEYOND), ("1e-999", "0.0")],
)  # fmt: skip
def test_max_value_that_is_no_positive_number_is_422(value, shown):
    content = b'{"instances": [[0, 0, 0, 0, 0, 0]], "max_value": %s}' % value.encode()
    assert refusal(content) == (422, f"max_value: expected a positive number, got {shown}")


def test_max_value_is_the_limit_of_pixels():
    message = "instances[0][1]: expected a number from 0 to 255, got 256"
    assert refusal(body([255, 256, 0, 0, 0, 0], max_value=255)) == (422, message)


LINES = [[0] * 28] * 28


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[0] * 783, [0] * 785], "instances[0]: expected 784 numbers, got 783"),
        ([[0] * 784, [0] * 783, [0] * 785], "instances[1]: expected 784 numbers, got 783"),
        ([[0] * 782 + [[0, 0]], [0] * 783 + [[]]], "instances[0]: expected 784 numbers, got 783"),
        ([[0] * 784, [0] * 783 + [[0]]], "instances[1][783]: expected a number from 0 to 1, got a list"),
        ([[0] * 782 + [[0, 0], []]], "instances[0][782]: expected a number from 0 to 1, got a list"),
        ([[*LINES[1:], [0] * 27 + [[0]]]], "instances[0][27][27]: expected a number from 0 to 1, got a list"),
        ([[*LINES[2:], [0] * 29, [0] * 27]], "instances[0][26]: expected 28 numbers, got 29"),
        ([{"0": [0]} | dict.fromkeys(map(str, range(1, 784)), 0)],
         "instances[0]: expected a list of numbers, got an object"),
    ],
)  # fmt: skip
def test_rows_whose_numbers_only_add_up_are_422(rows, message):
    assert refusal(body(*rows), IMAGE) == (422, message)


def test_the_first_thing_wrong_is_named():
    assert refusal(body([0] * 6, [0, 0, 0, 2, 0, 3], [9], None))[1].startswith("instances[1][3]:")


@pytest.mark.parametrize(
    ("before", "place"),
    [("1e100", 0), ("1e-1111111111111111111111", 5), ("0e999", 5), ("0." + "0" * 400 + "1e401", 5)],
    ids=lambda value: str(value)[:12],
)  # fmt: skip
def test_a_number_beyond_float64_leaves_the_others_as_they_are(before, place):
    content = b'{"instances": [[%s, 0, 0, 0, 0, 1e999]]}' % before.encode()
    assert refusal(content)[1].startswith(f"instances[0][{place}]: expected a number from 0 to 1")


@pytest.mark.parametrize(("start", "end"), [(b"[", b"]"), (b'{"a":', b"}")], ids=["lists", "objects"])
def test_nesting_too_deep_to_read_is_422(start, end):
    content = b'{"instances": ' + start * 100_000 + b"0" + end * 100_000 + b"}"
    assert refusal(content) == (422, "body: expected a batch, got lists nested too deep")


@pytest.mark.parametrize(
    "text",
    [b"1.", b"1", b"1e", b"1e+", b"1e999,", b"1.5", b"11111111111111111111.", b"1-", b"-1e9", b"[", b"0e9"],
    ids=str,
)
def test_hostile_numbers_take_linear_time(text):
    # three million characters, and a number that makes the decoder look for others like it: an expression
    # that backtracks would take hours
    status, _ = refusal(b'{"instances": [[1e999, %s]]}' % (text * (3_000_000 // len(text))))
    assert status in (400, 422)


class TestParsers:
    """A thread's parser is its own, and survives whatever it reads."""

    @pytest.mark.parametrize(
        "bad",
        [b"", b"{", GOOD + b"x", b"[1e999]", b"[" * 2000 + b"]" * 2000, b"\xff", body([2] * 6), body(None)],
        ids=lambda content: repr(content[:20]),
    )
    def test_an_error_does_not_break_the_next_request(self, bad):
        refusal(bad)
        assert decode(GOOD, SMALL).shape == (1, 6)

    def test_rows_do_not_change_when_the_thread_reads_on(self):
        first = decode(body([1] * 6), SMALL)
        decode(body([0] * 6), SMALL)
        assert first.tolist() == [[1] * 6]

    def test_a_parser_is_used_again(self):
        decode(GOOD, SMALL)
        parser = json_body._spare.parser
        decode(GOOD, SMALL)
        assert json_body._spare.parser is parser

    def test_a_parser_that_grew_is_let_go(self):
        decode(GOOD + b" " * json_body.SPARE_BYTES, SMALL)
        assert not hasattr(json_body._spare, "parser")

    def test_threads_do_not_share_parsers(self):
        together = threading.Barrier(4)

        def parser_of_this_thread(_):
            together.wait()
            decode(GOOD, SMALL)
            together.wait()
            return json_body._spare.parser

        with ThreadPoolExecutor(4) as pool:
            parsers = list(pool.map(parser_of_this_thread, range(4)))
        assert len({id(parser) for parser in parsers}) == 4

    def test_threads_get_their_own_rows(self):
        def answers_itself(number: int) -> bool:
            rows = [decode(body([number] * 6, max_value=255), SMALL) for _ in range(100)]
            return all((row == np.float32(number / 255)).all() for row in rows)

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(answers_itself, range(32)))


def first_fault(value, shape: tuple[int, ...], where: str, units: int = 3) -> str | None:
    """The decoder's contract once more, as plainly as it can be said: where a row first breaks it."""
    if not isinstance(value, list):
        return where
    nested = bool(value) and isinstance(value[0], list)
    inner = None
    if nested and len(shape) > 1 and len(value) == shape[0]:
        inner = (shape[1:], units)
    elif nested and units and len(value) in (1, math.prod(shape)):  # axes of length one
        inner = (shape if len(value) == 1 else (1,), units - 1)
    if inner:
        faults = (
            first_fault(part, inner[0], f"{where}[{index}]", inner[1]) for index, part in enumerate(value)
        )
        return next((fault for fault in faults if fault), None)
    if len(value) != math.prod(shape) and not (nested and len(value) in (1, shape[0])):
        return where
    wrong = (
        index
        for index, number in enumerate(value)
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 1
    )
    return next((f"{where}[{index}]" for index in wrong), None)


numbers = st.one_of(st.integers(0, 1), st.floats(0, 1, allow_subnormal=True))
strangers = st.one_of(
    st.none(), st.booleans(), st.text(max_size=6), st.floats(-1e300, 1e300), st.integers(-(10**25), 10**25),
    st.lists(numbers, max_size=4), st.dictionaries(st.text(max_size=2), numbers, max_size=6),
)  # fmt: skip
lines = st.lists(numbers, min_size=3, max_size=3)
rows = st.lists(numbers, min_size=6, max_size=6) | st.lists(lines, min_size=2, max_size=2)
odd_lines = st.lists(numbers | strangers, max_size=4)
odd_rows = st.lists(numbers | strangers, min_size=4, max_size=7) | st.lists(lines | odd_lines, max_size=3)


@settings(deadline=None, max_examples=300)
@given(st.lists(rows, min_size=1, max_size=4))
def test_any_batch_is_decoded_to_its_numbers(instances):
    expected = np.array([np.ravel(row) for row in instances]).astype(np.float32)
    assert np.array_equal(decode(body(*instances), SMALL), expected)


@settings(deadline=None, max_examples=500)
@given(st.lists(rows | odd_rows | strangers, min_size=1, max_size=4))
def test_anything_else_is_refused_where_it_first_goes_wrong(instances):
    places = (first_fault(row, SMALL.shape, f"instances[{index}]") for index, row in enumerate(instances))
    fault = next(filter(None, places), None)
    if fault is None:
        decode(body(*instances), SMALL)
    else:
        status, message = refusal(body(*instances))
        assert (status, message.partition(":")[0]) == (422, fault)
