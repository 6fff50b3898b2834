"""The network under BentoML."""

import bentoml
import numpy as np
from network import load


@bentoml.service(workers=2)
class Digits:
    """What BentoML serves."""

    def __init__(self) -> None:
        """Read the weights."""
        self.forward = load()

    @bentoml.api
    def predict(self, instances: np.ndarray) -> np.ndarray:
        """Probabilities of rows."""
        return self.forward(instances)
