"""The network under LitServe."""

import os

import litserve
import numpy as np
from network import load


class Api(litserve.LitAPI):
    """What LitServe serves."""

    def setup(self, device):
        """Read the weights."""
        self.forward = load()

    def decode_request(self, request):
        """Rows of a request."""
        return np.array(request["instances"], np.float32)

    def predict(self, rows):
        """Their probabilities."""
        return self.forward(rows)

    def encode_response(self, probabilities):
        """As JSON has them."""
        return {"probabilities": probabilities.tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(Api(), accelerator="cpu", workers_per_device=2)
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), num_api_servers=2, generate_client_file=False)
