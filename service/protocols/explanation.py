"""Numeral's own protocol, the other half: POST /explain tells what in an input speaks for a class."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from flask import Blueprint, Response

from model.arrays import Array
from model.evaluation.attribution import attribute, signs_of
from model.network.network import Network
from service.api_documentation.openapi import JSON, Operation
from service.errors import UNPROCESSABLE, RequestError
from service.http import query_string
from service.inputs.json_rows import Limits
from service.protocols import numeral
from service.responses import as_json
from service.serving import inference

MOST_ROWS = 100  # in a request: each takes as long as a hundred answers
AT_ONCE = 16  # of them, in a pass

blueprint = Blueprint("explanation", __name__)


@blueprint.post("/explain")
@Operation(
    "prediction",
    gives={JSON: "Explanation"},
    takes={**numeral.TAKES, JSON: "Instances"},
    headers=(numeral.DATATYPE,),
    query=("version", "alias", "class", "against"),
    unprocessable=True,
)
def explain() -> Response:
    """What in each instance speaks for a class, and what against it.

    For every pixel: the gradient of the score of the class, the same times the pixel, and integrated
    gradients, which add up to the difference of the score from that of a black image, but for the
    convergence delta. The class is the predicted one where none is named; `against` holds it against another:
    why a 7 and not a 1.
    """
    asked = query_string.read("version", "alias", "class", "against")
    served = inference.served(asked)
    document = served.document
    rows, _ = numeral.decoded(served, Limits.of(document.input, MOST_ROWS), ["max_value"])
    named, against = (_named(asked, key, document.classes, len(rows)) for key in ("class", "against"))
    classes = served.predict(rows).predictions if named is None else named
    if against is not None and (classes == against).any():
        label = document.classes[int(against[0])]
        raise RequestError(
            UNPROCESSABLE, f"against: expected another class than the one explained, got {label!r}"
        )
    return as_json(
        {
            "model": served.identity,
            "classes": classes,
            "labels": [document.classes[index] for index in classes],
            "against": against,
            **_attributions(document.network, rows, classes, against),
            "inputs": rows,
        }
    )


def _named(asked: dict[str, str], key: str, classes: Sequence[str], m: int) -> Array | None:
    """The index (m,) of a class that the query names."""
    if key not in asked:
        return None
    if asked[key] not in classes:
        some = ", ".join(classes[:20])
        raise RequestError(UNPROCESSABLE, f"{key}: expected one of {some}, got {asked[key][:40]!r}")
    return np.full(m, classes.index(asked[key]))


def _attributions(network: Network, rows: Array, classes: Array, against: Array | None) -> dict[str, Any]:
    signs = signs_of(network, classes, against)
    parts = [slice(start, start + AT_ONCE) for start in range(0, len(rows), AT_ONCE)]
    found = [attribute(network, rows[part].T, signs[:, part]) for part in parts]
    gradient, integrated = (
        np.ascontiguousarray(np.concatenate([getattr(each, name) for each in found], axis=1).T)
        for name in ("gradient", "integrated")
    )
    return {
        "scores": np.concatenate([each.scores for each in found]),
        "baselines": np.concatenate([each.baselines for each in found]),
        "gradient": gradient,
        "gradient_times_input": gradient * rows + 0,  # no -0
        "integrated_gradients": integrated + 0,
        "convergence_deltas": np.concatenate([each.convergence_deltas for each in found]),
    }
