import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mutations import REMOVED, edited, edits, json_values, keys, places, with_value

from model.document.document import Document, Input, describe
from model.document.format import decode, encode
from model.errors import FormatError
from model.network.network import Network

SIZES = (4, 3, 2)
PARAMETERS = 4 * 3 + 3 + 3 * 2 + 2
LIMITS = np.finfo(np.float32)
# the last is the one float32 whose shortest decimal, 7.038531e-26, is nearer to another by way of float64
SPECIAL = [LIMITS.max, LIMITS.min, LIMITS.tiny, LIMITS.smallest_subnormal, -0.0, 7.0385307e-26]

finite_float32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


def make(flat=None, **changes):
    network = Network.build(SIZES, ("relu", "softmax"), "categorical_cross_entropy")
    network.parameters.flat[:] = np.linspace(-1, 1, PARAMETERS) if flat is None else flat
    facts = {
        "name": "tiny",
        "version": 7,
        "created_at": "2026-01-02T03:04:05.678Z",
        "network": network,
        "input": Input((2, 2)),
        "classes": ("no", "yes \u2713"),
        "training": {"recipe": "none", "history": [{"epoch": 1, "cost": 0.5}]},
        "dataset": {"name": "made"},
        "metrics": {"accuracy": 0.5},
        "lineage": {"parent": None},
    }
    return Document(**(facts | changes))


RAW = encode(make())


def changed(place, value):
    """The document with another value at a place such as network.sizes[0], or without that key."""
    return with_value(RAW, place, value)


def refusal(raw):
    with pytest.raises(FormatError) as caught:
        decode(raw)
    return str(caught.value)


# What is written.


@given(arrays(np.float32, PARAMETERS, elements=finite_float32))
@example(np.resize(np.array(SPECIAL, np.float32), PARAMETERS))
@example(-np.resize(np.array(SPECIAL, np.float32), PARAMETERS))
def test_weights_come_back_bit_for_bit(flat):
    assert decode(encode(make(flat))).network.parameters.flat.tobytes() == flat.tobytes()


@given(arrays(np.float32, PARAMETERS, elements=finite_float32))
@example(np.resize(np.array(SPECIAL, np.float32), PARAMETERS))
def test_any_reader_of_json_gets_the_same_weights(flat):
    layers = json.loads(encode(make(flat)))["network"]["layers"]
    numbers = [number for layer in layers for row in layer["W"] for number in row]
    numbers += [number for layer in layers for number in layer["b"]]
    assert np.array(numbers).astype(np.float32).tobytes() == flat.tobytes()


def test_everything_else_comes_back_too():
    document = make()
    assert describe(decode(RAW)) == describe(document)


def test_names_of_the_inputs_come_back_and_are_no_key_where_there_are_none():
    taken = Input((4,), preprocessing="none", names=("sepal width", "é", "3", "d"))
    raw = encode(make(input=taken))
    assert decode(raw).input == taken
    assert json.loads(raw)["input"]["names"] == list(taken.names)
    assert json.loads(RAW)["input"].keys() == {"shape", "range", "preprocessing"}
    assert decode(RAW).input.names is None


@given(st.dictionaries(keys, json_values))
@example({"": {"a/b": {"~": {".": [[], {}]}}}})
def test_any_facts_come_back(facts):
    assert decode(encode(make(lineage=facts))).lineage == facts


@pytest.mark.parametrize("labels", [("no", "yes"), ("\u00e9", '"\\')])
def test_a_single_output_unit_has_two_classes(labels):
    network = Network.build((4, 1), ("sigmoid",), "bernoulli_cross_entropy")
    assert decode(encode(make(network=network, classes=labels))).classes == labels


def test_the_text_is_utf8_and_not_escaped():
    assert "yes \u2713" in RAW.decode("utf-8")


def test_the_keys_stand_in_the_order_of_the_format():
    content = json.loads(RAW)
    assert list(content) == list(describe(make()))
    assert list(content["network"]) == ["sizes", "activations", "cost", "layers"]
    assert content["input"] == {"shape": [2, 2], "range": [0, 1], "preprocessing": "mnist"}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, PARAMETERS - 1])
def test_a_weight_that_json_cannot_say_is_refused(place, value):
    document = make()
    document.network.parameters.flat[place] = value
    with pytest.raises(FormatError, match=r"^network\.layers: expected finite weights, got NaN or Infinity$"):
        encode(document)


def test_a_fact_that_json_cannot_say_is_refused():
    document = make(training={"history": [{"cost": 1.0}, {"cost": math.nan}]})
    with pytest.raises(
        FormatError, match=r"^training\.history\[1\]\.cost: expected a finite number, got nan$"
    ):
        encode(document)


# What is read.


@pytest.mark.parametrize("place", ["new", "network.new", "network.layers[0].new", "input.new"])
def test_unknown_keys_are_ignored(place):
    assert encode(decode(changed(place, {"W": [1, [2]], "more": None}))) == RAW


def test_whitespace_and_whole_numbers_are_as_good():
    raw = json.dumps(json.loads(changed("network.layers[0].b", [1, -2, 0])), indent=2).encode()
    assert decode(raw).network.parameters.b[0].ravel().tolist() == [1, -2, 0]


@pytest.mark.parametrize("shape", [[4], [1, 4], [2, 1, 2]])
def test_an_input_may_have_any_shape_of_so_many_pixels(shape):
    assert decode(changed("input.shape", shape)).input.shape == tuple(shape)


@pytest.mark.parametrize("key", json.loads(RAW))
def test_a_missing_part_is_named(key):
    assert re.match(rf"{key}: expected .*, got nothing$", refusal(changed(key, REMOVED)))


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        ("format", "safetensors", "expected 'numeral-model', got 'safetensors'"),
        ("format_version", 2, "expected 1, got 2"),
        ("format_version", True, "expected 1, got True"),
        ("name", 5, "expected a string, got 5"),
        ("version", "7", "expected an integer, got '7'"),
        ("version", True, "expected an integer, got True"),
        ("version", 7.5, "expected an integer, got 7.5"),
        ("created_at", None, "expected a string, got nothing"),
        ("metrics", [], "expected an object, got a list"),
        ("network", [], "expected an object, got a list"),
        ("network.sizes", 4, "expected a list, got 4"),
        ("network.sizes", [4, 3.0, 2], "expected two or more positive integers, got [4, 3.0, 2]"),
        (
            "network.sizes",
            [4, 10**18, 2],
            "expected a network that fits into memory, got [4, 1000000000000000000, 2]",
        ),
        ("network.activations", REMOVED, "expected a list, got nothing"),
        ("network.activations", ["relu"], "expected 2, one for each layer, got 1"),
        (
            "network.activations[0]",
            "swish",
            "expected one of identity, sigmoid, tanh, relu, softmax, got 'swish'",
        ),
        ("network.activations[0]", {}, "expected one of identity, sigmoid, tanh, relu, softmax, got {}"),
        ("network.cost", ["quadratic"], "expected a string, got a list"),
        ("network.layers", {}, "expected a list, got an object"),
        ("network.layers", [], "expected 2, got 0"),
        ("network.layers[1]", [], "expected an object, got a list"),
        ("network.layers[1].W", REMOVED, "expected a list, got nothing"),
        ("network.layers[1].W", [[0, 0, 0]], "expected shape (2, 3), got (1, 3)"),
        ("network.layers[1].W", [[0, 0]] * 3, "expected shape (2, 3), got (3, 2)"),
        ("network.layers[1].W", [[0, 0, 0], [0, 0], [0, 0]], "expected 2 rows, got 3"),
        ("network.layers[1].W", [], "expected 2 rows, got 0"),
        ("network.layers[1].W[1]", [0, 0], "expected 3 numbers, got 2"),
        ("network.layers[1].W[1]", 0, "expected a list, got 0"),
        ("network.layers[1].b", [0], "expected 2 numbers, got 1"),
        ("network.layers[0].W[2][3]", None, "expected a number, got nothing"),
        ("network.layers[0].W[2][3]", "1", "expected a number, got '1'"),
        ("network.layers[0].W[2][3]", False, "expected a number, got False"),
        ("network.layers[0].W[2][3]", {}, "expected a number, got an object"),
        ("network.layers[0].W[2][3]", -1e39, "expected a number within float32, got -1e+39"),
        ("input.shape", [3, 3], "expected 4 pixels, as network.sizes[0], got [3, 3]"),
        (
            "input.shape",
            [4, 2**62 + 1],
            "expected 4 pixels, as network.sizes[0], got [4, 4611686018427387905]",
        ),
        ("input.shape", [-2, -2], "expected positive integers, got [-2, -2]"),
        ("input.shape", "2x2", "expected positive integers, got 2x2"),
        ("input.range", [0, 255], "expected [0, 1], got [0, 255]"),
        ("input.preprocessing", None, "expected a name, got None"),
        ("input.names", "abcd", "expected a list of strings, got 'abcd'"),
        ("input.names", ["a", "b", "c", 4], "expected a list of strings, got ['a', 'b', 'c', 4]"),
        ("input.names", ["a", "b", "c"], "expected 4 that differ, as network.sizes[0], got a, b, c"),
        (
            "input.names",
            ["a", "b", "c", "a "],
            "expected 4 that differ, as network.sizes[0], got a, b, c, a ",
        ),
        ("input.names", ["a", "b", "c", ""], "expected 4 that differ, as network.sizes[0], got a, b, c, "),
        ("classes", ["no"], "expected 2 strings, got ['no']"),
        ("classes", ["no", 1], "expected 2 strings, got ['no', 1]"),
    ],
)
def test_what_breaks_the_format_is_refused_with_its_place(place, value, sentence):
    assert refusal(changed(place, value)) == f"{place}: {sentence}"


@pytest.mark.parametrize("row", [[0, [0, 0], [], 0], [0, [0], 0, 0], [0, [0, 0], 0]])
def test_a_list_among_the_numbers_of_a_row_is_refused(row):
    """Also where there are as many numbers, or as many members, as there should be."""
    place = "network.layers[0].W[2]"
    expected = (
        f"{place}[1]: expected a number, got a list" if len(row) == 4 else f"{place}: expected 4 numbers"
    )
    assert refusal(changed(place, row)).startswith(expected)


def test_sizes_that_the_layers_do_not_have_are_refused():
    sentence = "network.layers[0].W: expected shape (5, 4), got (3, 4)"
    assert refusal(changed("network.sizes", [4, 5, 2])) == sentence


def test_a_cost_that_is_not_defined_for_the_output_is_refused():
    sentence = "network.cost bernoulli_cross_entropy: expected sigmoid at the output, got softmax"
    assert refusal(changed("network.cost", "bernoulli_cross_entropy")) == sentence


@pytest.mark.parametrize("twice", ['"name":"made"', '"b":[{"x":1,"x":1}]', '"seed":NaN', '"seed":-Infinity'])
def test_what_is_not_strict_json_is_refused(twice):
    refusal(RAW.replace(b'"name":"made"', b'"name":"made",' + twice.encode()))


def test_a_truncated_document_is_refused_wherever_it_ends():
    for length in range(len(RAW)):
        assert refusal(RAW[:length]).startswith("document: expected JSON")


@settings(max_examples=500)
@given(edits)
def test_a_mutated_document_is_read_or_refused(changes):
    check_read_or_refused(edited(RAW, changes))


@settings(max_examples=500)
@given(st.sampled_from(places(RAW)), json_values)
def test_any_value_anywhere_is_read_or_refused(place, value):
    check_read_or_refused(changed(place, value))


def check_read_or_refused(raw):
    """No exception but FormatError; and what is read can be written again, and is the same then."""
    try:
        document = decode(raw)
    except FormatError:
        return
    again = decode(encode(document))
    same_network = replace(again, network=document.network)
    assert same_network == document
    assert again.network.parameters.flat.tobytes() == document.network.parameters.flat.tobytes()
