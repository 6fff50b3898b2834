"""The network under MLServer."""

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from network import load


class Model(MLModel):
    """What a custom runtime of MLServer is."""

    async def load(self) -> bool:
        """Read the weights."""
        self.forward = load()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answer a request of one tensor."""
        rows = NumpyCodec.decode_input(payload.inputs[0])
        output = NumpyCodec.encode_output("probabilities", self.forward(rows))
        return InferenceResponse(model_name=self.name, outputs=[output])
