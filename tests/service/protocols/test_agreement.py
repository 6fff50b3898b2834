"""The same rows through every protocol of a running server: the same classes, and probabilities to 1e-6."""

import json
import subprocess

import numpy as np
import pytest

PIXELS = np.random.default_rng(5).integers(0, 256, (7, 784))
ROWS = (PIXELS / 255).tolist()
SPLIT = {"columns": list(range(784)), "data": ROWS}
TENSOR = {"name": "pixels", "shape": [7, 784], "datatype": "UINT8", "data": PIXELS.ravel().tolist()}
JSON, BYTES, CSV = "application/json", "application/octet-stream", "text/csv"


def lines(values) -> bytes:
    return "\n".join(",".join(map(str, row)) for row in values).encode()


def predictions(answer):
    return answer["predictions"]


def outputs(answer):
    return np.reshape(answer["outputs"][0]["data"], (7, 10))


WAYS = {
    "Numeral, JSON": ("/predict", JSON, json.dumps({"instances": ROWS}), lambda a: a["probabilities"]),
    "Numeral, bytes": ("/predict", BYTES, PIXELS.astype("u1").tobytes(), lambda a: a["probabilities"]),
    "Open Inference": ("/v2/models/mnist/infer", JSON, json.dumps({"inputs": [TENSOR]}), outputs),
    "TensorFlow": ("/v1/models/mnist:predict", JSON, json.dumps({"instances": ROWS}), predictions),
    "TensorFlow, columnar": ("/v1/models/mnist/versions/1:predict", JSON, json.dumps({"inputs": ROWS}),
                             lambda a: a["outputs"]),
    "TensorFlow, classify": ("/v1/models/mnist:classify", JSON,
                             json.dumps({"examples": [{"pixels": row} for row in ROWS]}),
                             lambda a: [[score for _, score in row] for row in a["results"]]),
    "MLflow": ("/invocations", JSON, json.dumps({"dataframe_split": SPLIT}), predictions),
    "SageMaker, CSV": ("/invocations", CSV, lines(ROWS), predictions),
    "SageMaker, CSV of bytes": ("/invocations", CSV + "; max_value=255", lines(PIXELS), predictions),
}  # fmt: skip


@pytest.fixture
def ask(publish, serve, tmp_path):
    """What curl gets for a body."""
    publish(seed=9)
    server = serve(tmp_path / "registry")

    def answer(path, content_type, body):
        file = tmp_path / "body"
        file.write_bytes(body if isinstance(body, bytes) else body.encode())
        command = ["curl", "--silent", "--show-error", "--data-binary", f"@{file}", "--header",
                   f"Content-Type: {content_type}", server.url + path]  # fmt: skip
        return json.loads(subprocess.run(command, capture_output=True, timeout=60, check=True).stdout)

    return answer


def test_every_protocol_says_the_same(ask, registry):
    expected = registry.load(1)[0].network.forward(np.float32(ROWS).T).T
    for way, (path, content_type, body, probabilities) in WAYS.items():
        given = np.array(probabilities(ask(path, content_type, body)))
        np.testing.assert_allclose(given, expected, atol=1e-6, err_msg=way)
        assert given.argmax(axis=1).tolist() == expected.argmax(axis=1).tolist()
