import json
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mutations import REMOVED, edited, edits, json_values, places, with_value

from model.document import nielsen
from model.document.document import Input
from model.document.format import decode, encode
from model.errors import FormatError
from model.network.initialisation import INITIALISATIONS
from model.network.network import Network
from model.training.loop import train
from model.training.optimizers import RULES, Optimizer

SIZES = (4, 5, 3)
KNOWN = "QuadraticCost, CrossEntropyCost, quadratic, cross_entropy, bernoulli_cross_entropy"


def trained(sizes=SIZES):
    """A float64 network that has learned a little from random examples."""
    rng = np.random.default_rng(5)
    network = Network.build(
        sizes, ["sigmoid"] * (len(sizes) - 1), "bernoulli_cross_entropy", dtype=np.float64
    )
    INITIALISATIONS["unit_normal"].draw(network.parameters, rng)
    batches = [(rng.random((sizes[0], 8)), np.eye(sizes[-1])[:, rng.integers(0, sizes[-1], 8)])]
    list(train(network, batches, Optimizer(network.parameters, RULES["sgd"](), lambda _: 0.5), 20))
    return network


def saved(network):
    """What `save` in network2.py writes."""
    data = {
        "sizes": list(network.sizes),
        "weights": [w.tolist() for w in network.parameters.W],
        "biases": [b.tolist() for b in network.parameters.b],
        "cost": "CrossEntropyCost",
    }
    return json.dumps(data).encode()


def feedforward(raw, x):
    """The output for one example (n_0,), as network2.py computes it from such a file."""
    data, a = json.loads(raw), x.reshape(-1, 1)
    for w, b in zip(data["weights"], data["biases"], strict=True):
        a = 1.0 / (1.0 + np.exp(-(np.dot(w, a) + b)))
    return a.ravel()


RAW = saved(trained())


def read(raw):
    return nielsen.decode(raw, "mnist", "net.json")


def read_parameters(raw):
    return read(raw).network.parameters.flat.tobytes()


def refusal(raw):
    with pytest.raises(FormatError) as caught:
        read(raw)
    return str(caught.value)


@pytest.mark.parametrize("sizes", [SIZES, (784, 30, 10), (3, 1), (2, 6, 5, 4)])
def test_it_answers_what_the_saved_network_would(sizes, rng):
    raw = saved(trained(sizes))
    X = rng.random((sizes[0], 20))
    one_by_one = np.column_stack([feedforward(raw, x) for x in X.T])
    np.testing.assert_allclose(read(raw).network.forward(X.astype(np.float32)), one_by_one, atol=1e-5)


def test_weights_are_rounded_to_float32():
    network = trained()
    assert read_parameters(saved(network)) == network.parameters.flat.astype(np.float32).tobytes()


def test_a_bias_may_be_a_flat_list():
    flat = [np.ravel(b).tolist() for b in json.loads(RAW)["biases"]]
    assert read_parameters(with_value(RAW, "biases", flat)) == read_parameters(RAW)


def test_the_sizes_may_be_under_the_key_size():
    assert read_parameters(RAW.replace(b'"sizes"', b'"size"')) == read_parameters(RAW)


@pytest.mark.parametrize(
    ("said", "cost"),
    [
        ("QuadraticCost", "quadratic"),
        ("CrossEntropyCost", "bernoulli_cross_entropy"),
        ("Quadratic", "quadratic"),
        ("cross-entropy", "bernoulli_cross_entropy"),
        ("Bernoulli_Cross_Entropy", "bernoulli_cross_entropy"),
        (REMOVED, "quadratic"),
    ],
)
def test_the_cost_is_one_of_ours(said, cost):
    assert read(with_value(RAW, "cost", said)).network.cost.name == cost


@pytest.mark.parametrize("cost", ["os.system", "this", "this.s", "sys.exit", "Network", "__class__", ""])
def test_a_cost_is_a_word_and_nothing_that_is_called_or_imported(cost):
    assert refusal(with_value(RAW, "cost", cost)) == f"cost: expected one of {KNOWN}, got {cost!r}"
    assert "this" not in sys.modules


@pytest.mark.parametrize(
    ("sizes", "shape", "preprocessing", "classes"),
    [
        ((784, 10), (28, 28), "mnist", tuple("0123456789")),
        ((5, 3), (5,), "none", ("0", "1", "2")),
        ((5, 1), (5,), "none", ("0", "1")),
    ],
)
def test_input_and_classes_follow_from_the_sizes(sizes, shape, preprocessing, classes):
    document = read(saved(trained(sizes)))
    assert (document.input, document.classes) == (Input(shape, preprocessing=preprocessing), classes)


def test_what_the_file_does_not_say_stays_open_and_is_noted():
    document = read(RAW)
    assert (document.training, document.dataset, document.metrics) == ({}, {}, {})
    assert document.lineage["imported"]["file"] == "net.json"
    assert document.lineage["notes"] == ["imported from net.json: its data set and accuracy are not known"]


@pytest.mark.parametrize("key", ["sizes", "weights", "biases"])
def test_a_missing_key_is_named(key):
    assert refusal(with_value(RAW, key, REMOVED)) == f"{key}: expected a list, got nothing"


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        ("sizes", [4], "expected two or more positive integers, got [4]"),
        ("sizes", [], "expected two or more positive integers, got []"),
        ("sizes", [4, "5", 3], "expected two or more positive integers, got [4, '5', 3]"),
        ("sizes", [2**63, 2**63], f"expected a network that fits into memory, got {[2**63] * 2}"),
        ("cost", None, "expected a string, got nothing"),
        ("weights", {}, "expected a list, got an object"),
        ("weights", [[[0]]], "expected 2, one for each layer after the input, got 1"),
        ("weights[0]", "0", "expected a list, got '0'"),
        ("weights[0]", [[0] * 5] * 4, "expected shape (5, 4), got (4, 5)"),
        ("weights[1][2]", [0] * 4, "expected 5 numbers, got 4"),
        ("weights[1][2]", 0, "expected a list, got 0"),
        ("weights[1][2][3]", "0", "expected a number, got '0'"),
        ("weights[1][2][3]", [0], "expected a number, got a list"),
        ("weights[1][2][3]", None, "expected a number, got nothing"),
        ("weights[1][2][3]", 1e39, "expected a number within float32, got 1e+39"),
        ("biases", [[0] * 5] * 3, "expected 2, one for each layer after the input, got 3"),
        ("biases[0]", [[0] * 5], "expected shape (5, 1), got (1, 5)"),
        ("biases[0]", [0] * 4, "expected 5 numbers, got 4"),
        ("biases[0]", [], "expected 5 numbers, got 0"),
        ("biases[1][2]", [0, 0], "expected 1 numbers, got 2"),
        ("biases[1][2]", 0, "expected a list, got 0"),
    ],
)
def test_what_breaks_the_form_is_refused_with_its_place(place, value, sentence):
    assert refusal(with_value(RAW, place, value)) == f"{place}: {sentence}"


def test_sizes_that_the_weights_do_not_have_are_refused():
    sentence = "weights[0]: expected shape (6, 4), got (5, 4)"
    assert refusal(with_value(RAW, "sizes", [4, 6, 3])) == sentence


@pytest.mark.parametrize("key", ["activation", "size", "format"])
def test_a_key_that_may_change_what_it_computes_is_refused(key):
    sentence = f"document: expected the keys sizes, weights, biases and cost, got {key!r}"
    assert refusal(with_value(RAW, key, [4, 5, 3])) == sentence


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "document: expected JSON, got 0 bytes that are not: "),
        (b"[]", "document: expected an object, got a list"),
        (b'{"cost":"quadratic",' + RAW[1:], "document: expected each key once and no NUL, got 'cost'"),
        (b'{"biases":[[NaN]]}', "document: expected JSON, got NaN at byte 12, "),
    ],
)
def test_what_is_not_strict_json_is_refused(raw, sentence):
    assert refusal(raw).startswith(sentence)


def test_a_file_too_large_for_any_such_network_is_refused(monkeypatch):
    monkeypatch.setattr(nielsen, "LARGEST", len(RAW) - 1)
    assert refusal(RAW) == f"document: expected at most {len(RAW) - 1} bytes, got more"


@settings(max_examples=500)
@given(edits)
def test_a_mutated_file_is_read_or_refused(changes):
    check_read_or_refused(edited(RAW, changes))


@settings(max_examples=500)
@given(st.sampled_from(places(RAW)), json_values)
@example("sizes", [1] * 1000)
@example("sizes", [2**64 - 1, 1])
def test_any_value_anywhere_is_read_or_refused(place, value):
    check_read_or_refused(with_value(RAW, place, value))


def check_read_or_refused(raw):
    """No exception but FormatError; and what is read is a document that can be published."""
    try:
        document = read(raw)
    except FormatError:
        return
    assert decode(encode(document)).network.sizes == document.network.sizes
