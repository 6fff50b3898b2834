"""Publishing: networks that benchmarks serve, and the images that they are asked about."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from model.arrays import Array
from model.document.document import Document
from model.network.initialisation import INITIALISATIONS
from model.network.network import Network
from model.registry.registry import CHAMPION, Registry
from pipeline.data.formats import idx
from pipeline.training.recipes import QUICK

NAME, WHY = "mnist", "benchmark"


def digits(folder: Path) -> Array:
    """Return MNIST's test images (10000, 784), uint8, from their unpacked file."""
    images = idx.decode((folder / "t10k-images-idx3-ubyte").read_bytes(), "t10k-images")
    return images.reshape(len(images), -1)


def network(sizes: tuple[int, ...]) -> Network:
    """Return a network with its first, random parameters."""
    built = Network.build(sizes, ["relu"] * (len(sizes) - 2) + ["softmax"], QUICK.cost)
    INITIALISATIONS["he_normal"].draw(built.parameters, np.random.default_rng(0))
    return built


def document(served: Network) -> Document:
    """Return the document of a network that is not trained."""
    return Document(NAME, "2026-01-02T03:04:05.678Z", served, tuple("0123456789"))


def published(sizes: tuple[int, ...], folder: Path) -> Mapping[str, str]:
    """Put a network into a registry for Numeral, and into a file for the peers.

    Returns:
        The variables that tell services where they are.
    """
    served = network(sizes)
    registry = Registry(folder, NAME)
    registry.publish(document(served), WHY)
    registry.point(CHAMPION, 1, WHY)
    layers = enumerate(zip(served.parameters.W, served.parameters.b, strict=True))
    arrays = {
        f"{kind}{index}": array for index, pair in layers for kind, array in zip("Wb", pair, strict=True)
    }
    np.savez(folder / "network.npz", **arrays)
    return {"NUMERAL_REGISTRY": str(folder), "NETWORK": str(folder / "network.npz")}
