"""What is answered: the outputs that were asked for, in JSON or in bytes after it."""

from typing import Any

import numpy as np
from flask import Response

from model.arrays import Array
from service.inputs import tensors
from service.protocols.open_inference.infer_request import LABELS, OUTPUTS, PREDICTIONS, Asked, Output
from service.responses import as_bytes, json_bytes
from service.serving.servable import Answer


def write(asked: Asked, answer: Answer) -> Response:
    """The response to a request."""
    said, raw = encode(asked, answer)
    if not raw:
        return Response(said, mimetype="application/json")
    return as_bytes(b"".join([said, *raw]), Inference_Header_Content_Length=str(len(said)))


def encode(asked: Asked, answer: Answer) -> tuple[bytes, list[bytes]]:
    """An answer in JSON, and the tensors in bytes that follow it."""
    content: dict[str, Any] = {
        "model_name": answer.served.document.name,
        "model_version": answer.served.version,
        "outputs": [],
    }
    if asked.id is not None:
        content["id"] = asked.id
    raw = []
    for output in asked.outputs:
        datatype, values = _values(output, answer)
        tensor: dict[str, Any] = {"name": output.name, "datatype": datatype, "shape": values.shape}
        if output.binary:
            raw.append(tensors.encode(values))
            tensor["parameters"] = {"binary_data_size": len(raw[-1])}
        else:
            tensor["data"] = values.ravel() if datatype != "BYTES" else values.ravel().tolist()
        content["outputs"].append(tensor)
    return json_bytes(content), raw


def _values(output: Output, answer: Answer) -> tuple[str, Array]:
    if output.classification is not None:
        return "BYTES", _classification(answer, output.classification)
    if output.name == LABELS:
        return "BYTES", np.array(answer.labels, object)
    return OUTPUTS[output.name], answer.predictions if output.name == PREDICTIONS else answer.probabilities


def _classification(answer: Answer, k: int) -> Array:
    classes, top = answer.served.document.classes, answer.top(k)
    texts = [
        [f"{row[index]:f}:{index}:{classes[index]}" for index in indices]
        for row, indices in zip(answer.probabilities, top, strict=True)
    ]
    return np.array(texts, object)
