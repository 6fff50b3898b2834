"""Initialisation: the distribution that a network's parameters are drawn from before training.

`unit_normal` is that of Nielsen 2015, chapter 1; `scaled_normal` of its chapter 3; `lecun_normal` of LeCun et
al. 1998; `he_normal`, for ReLU, of He et al. 2015.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from model.network.parameters import Parameters


@dataclass(frozen=True)
class Initialisation:
    """Normal distributions around zero.

    Attributes:
        name: what a recipe calls it.
        weight_deviation: n_in, the number of a unit's inputs -> standard deviation of its weights.
        bias_deviation: standard deviation of the biases; 0 starts them at zero.
    """

    name: str
    weight_deviation: Callable[[int], float]
    bias_deviation: float = 0.0

    def draw(self, parameters: Parameters, rng: np.random.Generator | np.random.RandomState) -> None:
        """Draw the parameters anew, in place, layer after layer."""
        for W, b in zip(parameters.W, parameters.b, strict=True):
            W[...] = rng.standard_normal(W.shape)
            np.multiply(W, self.weight_deviation(W.shape[1]), out=W)
            b[...] = 0
            if self.bias_deviation:
                b[...] = rng.standard_normal(b.shape) * self.bias_deviation


INITIALISATIONS: Mapping[str, Initialisation] = MappingProxyType(
    {
        initialisation.name: initialisation
        for initialisation in (
            Initialisation("unit_normal", lambda _: 1.0, bias_deviation=1.0),
            Initialisation(
                "scaled_normal", lambda n_in: 1 / math.sqrt(n_in), bias_deviation=1.0
            ),  # chapter 3
            Initialisation("lecun_normal", lambda n_in: 1 / math.sqrt(n_in)),
            Initialisation("he_normal", lambda n_in: math.sqrt(2 / n_in)),
        )
    }
)
