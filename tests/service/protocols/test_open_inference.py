"""The Open Inference Protocol: as a client speaks it that others wrote, and what none should send."""

import json

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

PIXELS = np.arange(2 * 784).reshape(2, 784) % 256
ROWS = (PIXELS / 255).astype(np.float32)
INFER = "/v2/models/mnist/infer"
LENGTH = "Inference-Header-Content-Length"


@pytest.fixture
def client(publish, make_app):
    publish(seed=4)
    return make_app().test_client()


class TestClient:
    """tritonclient, against a server of two versions: 1, and the champion, 2."""

    @pytest.fixture
    def documents(self, publish, registry):
        publish(seed=1)
        publish(seed=2)
        return [registry.load(version)[0] for version in (1, 2)]

    @pytest.fixture
    def client(self, documents, serve, tmp_path):  # noqa: ARG002  they are published
        server = serve(tmp_path / "registry")
        with triton.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
            yield client

    def tensor(self, values, datatype="FP32", *, binary=True):
        given = triton.InferInput("pixels", list(values.shape), datatype)
        given.set_data_from_numpy(values, binary_data=binary)
        return given

    def test_it_reads_what_there_is(self, client):
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("mnist")
        assert client.is_model_ready("mnist", "1")
        assert not client.is_model_ready("mnist", "3")
        assert not client.is_model_ready("cifar")
        assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
        metadata = client.get_model_metadata("mnist")
        assert metadata["versions"] == ["2", "1"]
        assert metadata["inputs"] == [{"name": "pixels", "datatype": "FP32", "shape": [-1, 784]}]
        assert metadata["outputs"][0] == {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]}
        assert client.get_model_config("mnist", "1")["input"][0]["dims"] == [784]
        index = [(each["version"], each["state"]) for each in client.get_model_repository_index()]
        assert index == [("2", "READY"), ("1", "READY")]

    @pytest.mark.parametrize("binary", [True, False], ids=["bytes", "JSON"])
    @pytest.mark.parametrize("packed", [None, "gzip", "deflate"])
    def test_it_gets_the_probabilities_of_the_network(self, client, documents, binary, packed):
        result = client.infer(
            "mnist",
            [self.tensor(ROWS, binary=binary)],
            request_id="a",
            outputs=[
                triton.InferRequestedOutput(name, binary)
                for name in ("labels", "predictions", "probabilities")
            ],
            request_compression_algorithm=packed,
            response_compression_algorithm=packed,
        )
        expected = documents[1].network.forward(ROWS.T).T
        np.testing.assert_allclose(result.as_numpy("probabilities"), expected, atol=1e-6)
        assert result.as_numpy("predictions").tolist() == expected.argmax(axis=1).tolist()
        labels = [str(label, "utf-8") if binary else label for label in result.as_numpy("labels")]
        assert labels == [str(index) for index in expected.argmax(axis=1)]
        assert (result.get_response()["id"], result.get_response()["model_version"]) == ("a", "2")

    def test_it_names_a_version(self, client, documents):
        result = client.infer("mnist", [self.tensor(ROWS)], model_version="1")
        expected = documents[0].network.forward(ROWS.T).T
        np.testing.assert_allclose(result.as_numpy("probabilities"), expected, atol=1e-6)

    @pytest.mark.parametrize(
        ("datatype", "dtype"),
        [("UINT8", "u1"), ("INT16", "i2"), ("INT64", "i8"), ("UINT32", "u4"), ("FP16", "f2"), ("FP64", "f8")],
    )
    def test_it_sends_any_type(self, client, documents, datatype, dtype):
        values = (PIXELS if datatype.strip("U")[0] == "I" else PIXELS / 255).astype(dtype)
        result = client.infer("mnist", [self.tensor(values.reshape(2, 28, 28), datatype)])
        rows = (PIXELS / 255 if datatype.strip("U")[0] == "I" else values).astype(np.float32)
        expected = documents[1].network.forward(rows.T).T
        np.testing.assert_allclose(result.as_numpy("probabilities"), expected, atol=1e-6)

    @pytest.mark.parametrize("binary", [True, False], ids=["bytes", "JSON"])
    def test_it_gets_classes(self, client, documents, binary):
        wanted = triton.InferRequestedOutput("probabilities", binary, class_count=3)
        (first, _) = client.infer("mnist", [self.tensor(ROWS)], outputs=[wanted]).as_numpy("probabilities")
        probabilities = documents[1].network.forward(ROWS.T).T[0]
        best = np.argsort(-probabilities)[:3]
        said = [str(each, "utf-8") if binary else each for each in first]
        assert said == [f"{probabilities[index]:f}:{index}:{index}" for index in best]

    def test_it_reads_statistics(self, client):
        for rows in (ROWS, ROWS[:1], np.float32([[2] * 784])):
            try:
                client.infer("mnist", [self.tensor(rows)])
            except InferenceServerException:
                continue
        (stats,) = client.get_inference_statistics("mnist", "2")["model_stats"]
        assert (stats["inference_count"], stats["execution_count"]) == (3, 2)
        assert stats["inference_stats"]["success"]["count"] == 2
        assert stats["inference_stats"]["fail"]["count"] == 1
        assert 0 < stats["inference_stats"]["compute_infer"]["ns"] < stats["inference_stats"]["success"]["ns"]
        every = client.get_inference_statistics()["model_stats"]
        assert [each["inference_count"] for each in every] == [3, 0]

    def test_it_reads_errors(self, client):
        with pytest.raises(InferenceServerException) as caught:
            client.infer("mnist", [self.tensor(ROWS[:, :783])])
        assert caught.value.status() == "400"
        assert caught.value.message() == ("inputs[0].shape: expected [-1, 784] or [-1, 28, 28], got [2, 783]")
        with pytest.raises(InferenceServerException, match="model: expected mnist, got 'cifar'"):
            client.infer("cifar", [self.tensor(ROWS)])


def asked(shape=(1, 4), datatype="FP32", data=(0, 0.5, 1, 0), **more):
    tensor = {"name": "x", "shape": shape, "datatype": datatype, "data": data}
    return {"inputs": [{key: value for key, value in tensor.items() if value is not None}], **more}


@pytest.fixture
def small(publish, make_app, make_document):
    """A model of images of two by two."""
    document = make_document(shape=(2, 2))
    publish(network=document.network, input=document.input)
    return make_app(max_rows=3).test_client()


@pytest.mark.parametrize(
    "content",
    [
        asked(data=[[0, 0.5, 1, 0]]),
        asked([1, 2, 2]),
        asked([1, 2, 2], data=[[[0, 0.5], [1, 0]]]),
        asked([1, 4], data=[[[0, 0.5], [1, 0]]]),
        asked([1, 2, 2, 1], data=[[[[0], [0.5]], [[1], [0]]]]),
        asked([1, 1, 2, 2]),
        asked(id=None, parameters=None, outputs=None),
        asked(outputs=[]),
        asked(datatype="UINT8", data=[0, 127.5 - 0.5, 255, 0]),
        asked(parameters={"max_value": 2}, data=[0, 1, 2, 0]),
        asked(id="a [ in a string", parameters={"other": [[], [[]]]}),
        asked(outputs=[{"name": "probabilities"}, {"name": "predictions"}, {"name": "labels"}]),
    ],
    ids=json.dumps,
)
def test_data_may_come_in_many_forms(small, content):
    answer = small.post("/v2/models/mnist/infer", json=content)
    (expected,) = small.post("/predict", json={"instances": [[0, 0.5, 1, 0]]}).json["probabilities"]
    named = {output["name"]: output["data"] for output in answer.json["outputs"]}
    assert named["probabilities"] == pytest.approx(expected, abs=1e-3)
    assert named["labels"] == [str(np.argmax(expected))]


CLASSES = "outputs[0].parameters.classification"
SHAPE = "inputs[0].shape: expected [-1, 4] or [-1, 2, 2], got "


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "body: expected inputs; got none"),
        ({"inputs": []}, "inputs: expected one, pixels, got 0"),
        ({"inputs": [{}]}, "inputs[0]: expected shape, datatype; got none"),
        ({"inputs": [3]}, "inputs[0]: expected an object, got 3"),
        (asked(id=3), "id: expected a string, got 3"),
        (asked([-1, 4]), "inputs[0].shape: expected 1 to 3 rows, got -1"),
        (asked([4, 4]), "inputs[0].shape: expected 1 to 3 rows, got 4"),
        (asked([10**18, 4]), "inputs[0].shape: expected 1 to 3 rows, got 1000000000000000000"),
        (asked([1, 10**18]), SHAPE + "[1, 1000000000000000000]"),
        (asked([]), SHAPE + "[]"),
        (asked([4]), SHAPE + "[4]"),
        (asked([True, 4]), SHAPE + "[true, 4]"),
        (asked(["1", 4]), SHAPE + "['1', 4]"),
        (asked(3), "inputs[0].shape: expected a list, got 3"),
        (asked(data=None), "inputs[0].data: expected a list, got null"),
        (asked(data=[0, 1, 2]), "inputs[0].data: expected 4 numbers, got 3"),
        (asked(data=[0, 1, 2, 0]), "inputs[0].data[2]: expected a number from 0 to 1, got 2"),
        (asked(data=[0, 1, "1", 0]), "inputs[0].data[2]: expected a number from 0 to 1, got '1'"),
        (asked(data=[0, 1, [1], 0]), "inputs[0].data[2]: expected a number from 0 to 1, got a list"),
        (asked(datatype="UINT8", data=[0, 0, 0, 256]),
         "inputs[0].data[3]: expected a whole number from 0 to 255, got 256"),
        (asked(datatype="INT8", data=[0, 0, 0, 0.5]),
         "inputs[0].data[3]: expected a whole number from 0 to 255, got 0.5"),
        (asked(outputs=[{"name": "x"}]),
         "outputs[0].name: expected one of probabilities, predictions, labels, got 'x'"),
        (asked(outputs=[{"name": "labels", "parameters": {"classification": 1}}]),
         f"{CLASSES}: expected 1 or more, of probabilities, got 1 of labels"),
        (asked(outputs=[{"name": "probabilities", "parameters": {"classification": 0}}]),
         f"{CLASSES}: expected 1 or more, of probabilities, got 0 of probabilities"),
        (asked(outputs=[{"name": "labels", "parameters": {"binary_data": 1}}]),
         "outputs[0].parameters.binary_data: expected true or false, got 1"),
        (asked(outputs=[{"name": "labels"}] * 3),
         "outputs: expected each of probabilities, predictions, labels once, got 3"),
        (asked(outputs=[{"name": "labels", "parameters": {"shared_memory_region": "a"}}]),
         "outputs[0].parameters.shared_memory_region: expected none, since memory is not shared"),
        (asked([{}, 4]), SHAPE + "[an object, 4]"),
        (asked(parameters={"max_value": 0}), "max_value: expected a positive number, got 0"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_request_is_400(small, content, message):
    answer = small.post(INFER, json=content)
    assert (answer.status_code, answer.json) == (400, {"error": message})


@pytest.mark.parametrize("datatype", ["BYTES", "BOOL", "FP8", 3])
def test_numbers_have_a_known_type(small, datatype):
    answer = small.post(INFER, json=asked(datatype=datatype))
    assert answer.json["error"].startswith("inputs[0].datatype: expected one of FP16, FP32, FP64, UINT8, ")


def test_bytes_in_and_out(small):
    raw = np.float32([0, 0.5, 1, 0]).tobytes()
    said = asked(data=None, parameters={"binary_data_output": True})
    said["inputs"][0]["parameters"] = {"binary_data_size": 16}
    said["outputs"] = [
        {"name": "predictions", "parameters": {"binary_data": False}},
        {"name": "probabilities"},
    ]
    text = json.dumps(said).encode()
    answer = small.post(INFER, data=text + raw, headers={LENGTH: str(len(text))})
    assert answer.mimetype == "application/octet-stream"
    length = int(answer.headers[LENGTH])
    predictions, probabilities = json.loads(answer.data[:length])["outputs"]
    values = np.frombuffer(answer.data[length:], "<f4")
    assert probabilities == {
        "name": "probabilities", "datatype": "FP32", "shape": [1, 10], "parameters": {"binary_data_size": 40}
    }  # fmt: skip
    assert predictions["data"] == [values.argmax()]
    assert values.tolist() == pytest.approx(
        small.post("/predict", json={"instances": [[0, 0.5, 1, 0]]}).json["probabilities"][0], abs=1e-6
    )


def test_a_tensor_alone_is_float32(small):
    answer = small.post(INFER, data=np.float32([0, 0.5, 1, 0] * 3).tobytes(), headers={LENGTH: "0"})
    outputs = json.loads(answer.data[: int(answer.headers[LENGTH])])["outputs"]
    assert outputs[0]["shape"] == [3, 10]


RAW = np.float32([0, 0.5, 1, 0]).tobytes()
SIZE = "inputs[0].parameters.binary_data_size: expected 16, as shape and datatype have it, got "


@pytest.mark.parametrize(
    ("size", "raw", "length", "message"),
    [
        (15, RAW, None, SIZE + "15"),
        (-16, RAW, None, SIZE + "-16"),
        (2**62, RAW, None, SIZE + str(2**62)),
        ("16", RAW, None, "inputs[0].parameters.binary_data_size: expected a whole number, got '16'"),
        (16, RAW + b"x", None, "body: expected 16 bytes after the JSON, got 17"),
        (16, RAW[:-1], None, "body: expected 16 bytes after the JSON, got 15"),
        (None, RAW, None,
         "inputs[0].parameters.binary_data_size: expected, for 16 bytes after the JSON; got none"),
        (16, b"", "none", LENGTH + ": expected, since a tensor comes in bytes; got none"),
        (16, RAW, "none", LENGTH + ": expected, since a tensor comes in bytes; got none"),
        (16, b"\xff" * 16, "none", LENGTH + ": expected, since a tensor comes in bytes; got none"),
        (16, np.float32([0, np.nan, 0, 0]).tobytes(), None,
         "inputs[0]: expected a number from 0 to 1, got nan at number 1, counted from 0"),
        (16, np.float32([0, 0, 0, -1]).tobytes(), None,
         "inputs[0]: expected a number from 0 to 1, got -1.0 at number 3, counted from 0"),
    ],
    ids=str,
)  # fmt: skip
def test_bytes_that_do_not_fit_are_400(small, size, raw, length, message):
    said = asked(data=None)
    if size is not None:
        said["inputs"][0]["parameters"] = {"binary_data_size": size}
    text = json.dumps(said).encode()
    headers = {} if length == "none" else {LENGTH: str(len(text))}
    answer = small.post(INFER, data=text + raw, headers=headers)
    assert (answer.status_code, answer.json) == (400, {"error": message})


@pytest.mark.parametrize(
    "length", ["-1", "x", "99999", "9" * 5000, "0" * 5000, "0" * 20 + "99", "1e3", "\u0662"]
)
def test_a_length_beyond_the_body_is_400(small, length):
    answer = small.post(INFER, data=b"{}", headers={LENGTH: length})
    expected = f"{LENGTH}: expected at most the body's 2 bytes, got {length[:40]}"
    assert (answer.status_code, answer.json["error"][:90]) == (400, expected[:90])


class TestPaths:
    @pytest.mark.parametrize("path", ["", "/versions/1"])
    @pytest.mark.parametrize("what", ["", "/ready", "/config", "/stats"])
    def test_a_model_that_is_not_there_is_404(self, client, path, what):
        answer = client.get(f"/v2/models/other{path}{what}")
        assert (answer.status_code, answer.json) == (404, {"error": "model: expected mnist, got 'other'"})

    @pytest.mark.parametrize("version", ["0", "2", "01", "01x", "-1", "champion", "9" * 50])
    def test_a_version_that_is_not_there_is_404(self, client, version):
        answer = client.get(f"/v2/models/mnist/versions/{version}")
        assert answer.status_code == 404
        assert answer.json["error"].startswith(f"mnist has no version '{version}"[:60])

    def test_nothing_is_ready_before_a_model(self, client_without_model):
        assert client_without_model.get("/v2/health/live").status_code == 200
        for path in ("/v2/health/ready", "/v2/models/mnist/ready"):
            assert client_without_model.get(path).status_code == 503
