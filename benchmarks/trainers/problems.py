"""Rows: the networks that every contender trains, and the images that it trains them on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.arrays import Array
from model.network.initialisation import INITIALISATIONS
from model.network.network import Network
from pipeline.data.formats import idx

SEED = 1


@dataclass(frozen=True)
class Row:
    """A network and how it is trained, by plain SGD at a constant rate.

    Attributes:
        sizes: n_0 .. n_L.
        mini_batch: m; the last batch of an epoch is what is left.
        quadratic: sigmoids and the quadratic cost; else ReLU, softmax and the categorical cross-entropy.
        learning_rate: eta.
    """

    sizes: tuple[int, ...]
    mini_batch: int
    quadratic: bool
    learning_rate: float

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}/{self.mini_batch}"

    @property
    def kind(self) -> str:
        """In words."""
        units = "sigmoids, quadratic cost" if self.quadratic else "ReLU, softmax, categorical cross-entropy"
        return f"mini-batch of {self.mini_batch}, {units}"

    def network(self) -> Network:
        """The untrained network, the same for every contender."""
        hidden, output = ("sigmoid", "sigmoid") if self.quadratic else ("relu", "softmax")
        activations = [hidden] * (len(self.sizes) - 2) + [output]
        cost = "quadratic" if self.quadratic else "categorical_cross_entropy"
        network = Network.build(self.sizes, activations, cost)
        start = INITIALISATIONS["unit_normal" if self.quadratic else "he_normal"]
        start.draw(network.parameters, np.random.default_rng(SEED))
        return network

    def layers(self) -> list[tuple[Array, Array]]:
        """W (n_l, n_(l-1)) and b (n_l,) of each layer of the untrained network."""
        parameters = self.network().parameters
        return [(W, b.ravel()) for W, b in zip(parameters.W, parameters.b, strict=True)]

    def shuffling(self) -> np.random.Generator:
        """Gives each epoch's order as `permutation(60_000)`, the same for every contender."""
        return np.random.default_rng(SEED + 1)


# Rates are low: that takes as long, and roundings do not grow until no two runs can be compared.
SOURCES = Row((784, 30, 10), 10, quadratic=True, learning_rate=0.5)
SMALL = Row((784, 100, 10), 128, quadratic=False, learning_rate=0.01)
WIDE = Row((784, 800, 10), 128, quadratic=False, learning_rate=0.01)
DEEP = Row((784, 1000, 500, 10), 128, quadratic=False, learning_rate=0.01)
ROWS = (SOURCES, SMALL, WIDE, DEEP)


def training_images(folder: Path) -> tuple[Array, Array]:
    """MNIST's images (60000, 784) and labels (60000,), uint8, from their unpacked files."""
    names = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
    images, labels = (idx.decode((folder / name).read_bytes(), name) for name in names)
    return images.reshape(len(images), -1), labels


def flat(layers: list[tuple[Array, Array]]) -> Array:
    """All parameters in the order of model.network.parameters, to compare."""
    return np.concatenate([np.ravel(array) for arrays in zip(*layers, strict=True) for array in arrays])
