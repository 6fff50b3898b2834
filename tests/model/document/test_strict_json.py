import math

import numpy as np
import pytest

from model.document.json_parser import ARRAY, OBJECT, plain
from model.document.strict_json import DEEPEST, member, parse, refuse_infinite
from model.errors import FormatError


def refusal(raw):
    with pytest.raises(FormatError) as caught:
        parse(raw)
    return str(caught.value)


def nested(levels, opening, closing):
    """An object that holds lists or objects, so that there are so many levels."""
    return b'{"a":' + opening * (levels - 1) + b"0" + closing * (levels - 1) + b"}"


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b'{"a":1,"b":2,"a":1}', "document: expected each key once and no NUL, got 'a'"),
        (b'{"a":{"b":1,"b":2}}', "a: expected each key once and no NUL, got 'b'"),
        (b'{"a":[0,[{"W":[{"b":1,"b":2}]}]]}', "a[1][0].W[0]: expected each key once and no NUL, got 'b'"),
        (b'{"a":1,"\\u0061":2}', "document: expected each key once and no NUL, got 'a'"),
        (b'{"a":{"b\\u0000":1}}', "a: expected each key once and no NUL, got 'b\\x00'"),
    ],
)
def test_a_repeated_key_is_refused_wherever_it_is(raw, sentence):
    assert refusal(raw) == sentence


def test_the_same_key_in_two_objects_is_no_repetition():
    assert plain(parse(b'{"a":{"a":[{"a":1},{"a":2}]}}')) == {"a": {"a": [{"a": 1}, {"a": 2}]}}


@pytest.mark.parametrize("key", ["", "a/b", "~", "~1", ".", "[0]", "0", "\u2713"])
def test_any_other_key_is_a_key(key):
    assert plain(parse(f'{{"{key}":{{"{key}":1}}}}'.encode())) == {key: {key: 1}}


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"01", b"+1", b".5", b"nul"])
def test_what_is_not_a_json_value_is_refused(word):
    assert refusal(b'{"a":' + word + b"}").startswith("document: expected JSON, got ")


@pytest.mark.parametrize(
    ("raw", "got"),
    [
        (b'{"a":[1, NaN]}', "NaN at byte 9"),
        (b'{"a": Infinity}', "Infinity at byte 6"),
        (b'{"a":-Infinity}', "-Infinity at byte 5"),
    ],
)
def test_a_number_that_json_does_not_have_is_refused_with_its_place(raw, got):
    assert refusal(raw) == f"document: expected JSON, got {got}, which JSON does not have"


@pytest.mark.parametrize(
    "raw", [b"", b" ", b"\x80\x02}q\x00.", b"{}}", b"{}{}", b'{"a', b'{"\xff":1}', b'{"a":"\\ud800"}']
)
def test_what_is_not_one_json_text_in_utf8_is_refused(raw):
    assert refusal(raw).startswith(f"document: expected JSON, got {len(raw)} bytes that are not: ")


@pytest.mark.parametrize(("raw", "got"), [(b"[]", "a list"), (b'"model"', "'model'"), (b"null", "nothing")])
def test_json_that_is_no_object_is_refused(raw, got):
    assert refusal(raw) == f"document: expected an object, got {got}"


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_has_a_limit(opening, closing):
    parse(nested(DEEPEST, opening, closing))
    assert refusal(nested(DEEPEST + 1, opening, closing)).endswith(
        f": expected at most {DEEPEST} levels of nesting, got more"
    )


@pytest.mark.parametrize("levels", [1000, 100_000])
def test_nesting_that_would_exhaust_the_stack_is_refused(levels):
    refusal(nested(levels, b"[", b"]"))


@pytest.mark.parametrize(
    ("key", "kind", "sentence"),
    [
        ("number", str, "at.number: expected a string, got 1"),
        ("number", ARRAY, "at.number: expected a list, got 1"),
        ("list", OBJECT, "at.list: expected an object, got a list"),
        ("true", int, "at.true: expected an integer, got True"),
        ("none", int, "at.none: expected an integer, got nothing"),
    ],
)
def test_a_member_of_another_kind_is_refused(key, kind, sentence):
    with pytest.raises(FormatError) as caught:
        member(parse(b'{"number":1,"list":[],"true":true}'), key, kind, "at")
    assert str(caught.value) == sentence


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan")])
@pytest.mark.parametrize(
    ("wrap", "where"), [(lambda x: {"b": [0, x]}, "b[1]"), (lambda x: {"c": (x,)}, "c[0]")]
)
def test_a_number_that_is_not_finite_is_refused_with_its_place(value, wrap, where):
    with pytest.raises(FormatError) as caught:
        refuse_infinite({"a": wrap(value)})
    assert str(caught.value) == f"a.{where}: expected a finite number, got {value}"


def test_everything_finite_passes():
    refuse_infinite({"a": [1, 1.5, None, True, "nan", {"b": (np.float64(1),)}]})
