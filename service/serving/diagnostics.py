"""Details of an answer, for those who ask: what the network saw, and whether its answer is to be trusted."""

from typing import Any

import numpy as np

from model.arrays import Array
from service.serving.servable import Answer


def of(answer: Answer, rows: Array) -> dict[str, Any]:
    """What there is to say of the answer to rows (m, n_0), for each of them; None where nobody knows."""
    document = answer.served.document
    least, familiarity = document.metrics.get("sure_from"), document.familiarity
    nobody_knows = [None] * len(rows)
    confidence = answer.probabilities.max(axis=1)
    return {
        "inputs": rows,
        "sure": confidence >= np.float32(least) if isinstance(least, int | float) else nobody_knows,
        "familiar": familiarity.knows(rows) if familiarity else nobody_knows,
    }
