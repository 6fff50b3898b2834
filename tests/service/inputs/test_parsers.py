"""Both parsers of JSON give the same rows, and the same sentences about what is none."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mutations import edited, edits, json_values

from model.document import json_parser, strict_json
from model.document.document import Document, Input
from model.document.format import decode, encode
from model.document.json_parser import PARSERS
from model.errors import FormatError
from model.network.network import Network
from service.errors import RequestError
from service.inputs import json_body
from service.inputs.json_rows import Limits
from service.protocols import mlflow, numeral, open_inference

pytestmark = pytest.mark.skipif(len(PARSERS) == 1, reason="simdjson is not installed")

LIMITS = Limits((2, 2), rows=4)
NAMED = Limits((2,), rows=4, names=("a", "b"))
SERVED = SimpleNamespace(document=SimpleNamespace(input=Input((2, 2))))
READERS = {
    "Numeral": lambda content: numeral.decode(content, LIMITS)[0],
    "Open Inference": lambda content: open_inference.infer_request.read(content, LIMITS).rows,
    "Open Inference, columns": lambda content: open_inference.infer_request.read(content, NAMED).rows,
    "MLflow": lambda content: mlflow.decode(content, SERVED, LIMITS),
    "MLflow, columns": lambda content: mlflow.decode(content, SERVED, NAMED),
}
GOOD = [
    {"instances": [[0, 0.5, 1, 0], [[0, 1], [0.25, 1]]], "max_value": 1},
    {"instances": [{"pixels": [0, 1, 0, 1]}, {"b64": "iVBORw0KGgo="}]},
    {"instances": [{"a": 1, "b": 0}]},
    {"inputs": [{"name": "pixels", "shape": [1, 4], "datatype": "FP32", "data": [0, 1, 0, 1]}]},
    {"inputs": [{"name": name, "shape": [1], "datatype": "FP32", "data": [1]} for name in "ab"]},
    {"inputs": [[0, 1, 0, 1]]},
    {"dataframe_split": {"columns": ["a", "b"], "data": [[0, 1], [1, 0]]}},
    {"dataframe_records": [{"a": 0, "b": 1}, {"b": 1, "a": 0}]},
]
NUMBERS = [
    *["0", "-0", "-0.0", "1e-400", "1e308", "1e400", "-1e400", "1e999x"],
    *["01", "1.", ".5", "+1", "NaN", "Infinity", "true", "null"],
    *(str(sign * 2**bits + more) for sign in (1, -1) for bits in (53, 63, 64) for more in (-1, 0, 1)),
    "9" * 30,
    "-" + "9" * 30,
    "9" * 400,
    "0." + "1" * 400,
    "0" * 30,
    '"' + "9" * 30 + '"',
]
PLACES = ["[[0, 1, {}, 1]]", '[[0, 1, 0, 1]], "max_value": {}', '[{{"a": {}, "b": 1}}]', "{}"]
ODD = [
    b"",
    b" ",
    b"\0",
    b"\xef\xbb\xbf[]",
    b"\xff",
    b'["\xff',
    b'{"instances": "\\ud800"}',
    b'"\\ud83d\\ude00"',
    b"[1]\0",
    b"[" * 2000,
    b"[" * 2000 + b"]" * 2000,
    b'{"a":' * 2000 + b"1" + b"}" * 2000,
    b'{"instances": [[0, 1, 0, 1]], "instances": [[1, 1, 1, 1]]}',
    b'{"instances": [[0, 1, 0, 1]], "a": {"b": 1, "b": 2}}',
    b'{"instances": [{"pixels": [0, 1, 0, 1], "pixels": 1}]}',
    b'{"a\\u0000": 1}',
    b'{"": 1, "": 2}',
    b'{"a:b": ":", "a:b": 1}',
    b'{"instances": [{"b64": "1234567890123456789012345"}], "max_value": 1e999}',
    b'{"instances": [[0, 1, [0], 1]]}',
    b'{"instances": [[0, 1, true, 1]]}',
    b'{"instances": [["0", 1, 0, 1]]}',
    b'{"instances": [[null, 1, 0, 1]]}',
    b'{"instances": [[[0, 1], [0]]]}',
    b'{"instances": [[], []]}',
    b'{"instances": [[[[0]], [[1]], [[0]], [[1]]]]}',
]


def answered(read, content, parser, monkeypatch):
    """The rows that a text is with a parser, or what is said of it."""
    with monkeypatch.context() as patch:
        patch.setattr(json_parser, "Parser", PARSERS[parser])
        patch.setattr(strict_json, "Parser", PARSERS[parser])
        json_body._spare.__dict__.clear()
        try:
            rows = read(content)
        except RequestError as error:
            return error.status, str(error)
        except FormatError as error:
            return str(error)
        finally:
            json_body._spare.__dict__.clear()
    return rows.tolist(), rows.dtype.name


@pytest.fixture(scope="module")
def agree():
    """Hold the parsers to each other on a text, in every protocol or with one reader."""
    with pytest.MonkeyPatch.context() as patch:

        def check(content, readers=READERS):
            for name, read in readers.items():
                ours, theirs = (answered(read, content, parser, patch) for parser in ("simdjson", "orjson"))
                assert ours == theirs, name

        yield check


@pytest.mark.parametrize("content", ODD, ids=lambda content: repr(content[:40]))
def test_they_agree_on_what_is_odd(content, agree):
    agree(content)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:24])
@pytest.mark.parametrize(
    "place", ["[[0, 1, {}, 1]]", '[[0, 1, 0, 1]], "max_value": {}', '[{{"a": {}, "b": 1}}]', "{}"]
)
def test_they_agree_on_every_number(number, place, agree):
    agree(f'{{"instances": {place.format(number)}}}'.encode())


@given(json_values | st.fixed_dictionaries({"instances": json_values}) | st.sampled_from(GOOD))
def test_they_agree_on_whatever_is_json(agree, value):
    agree(json.dumps(value).encode())
    agree(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))


@given(st.sampled_from(GOOD), edits)
@example(GOOD[0], [(20, 0, b'"a')])
def test_they_agree_on_whatever_is_near_to_json(agree, value, changes):
    agree(edited(json.dumps(value).encode(), changes))


@given(edits)
def test_they_agree_on_documents(agree, document, changes):
    def read(raw):
        return decode(raw).network.parameters.flat

    agree(edited(document, changes), {"document": read})


@pytest.fixture(scope="module")
def document():
    """A document of a few weights, written."""
    network = Network.build([2, 3, 2], ["relu", "softmax"], "categorical_cross_entropy")
    network.parameters.flat[:] = np.linspace(-1, 1, network.parameters.flat.size)
    return encode(Document("m", "2026-01-02T03:04:05Z", network, ("a", "b"), Input((2,)), version=1))
