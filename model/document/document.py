"""The model document: a trained network and everything that is known about it."""

from dataclasses import dataclass, field, replace
from typing import Any

from model.evaluation.novelty import Familiarity
from model.network.network import Network

FORMAT = "numeral-model"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Input:
    """What the network takes.

    Attributes:
        shape: of an image, or (n_0,) of a row of numbers.
        range: of the numbers.
        preprocessing: how an image becomes the input.
        names: (n_0,) of the columns of the table that was learned from; None where they had none.
    """

    shape: tuple[int, ...] = (28, 28)
    range: tuple[float, float] = (0.0, 1.0)
    preprocessing: str = "mnist"
    names: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Document:
    """A trained network and everything that is known about it.

    Attributes:
        name: of the model, such as `mnist`.
        version: assigned when it is published; 0 before that.
        created_at: RFC 3339, UTC.
        network: float32.
        input: what an instance is.
        classes: the label of each class, in the order of the outputs; two for a single output unit.
        training: recipe, hyper-parameters, seed, epochs run, seconds, history.
        dataset: name, digests, sizes of the parts.
        metrics: on the test set.
        lineage: git commit, flow run, parent version, versions of libraries.
        familiarity: what inputs look like those that were learned from; None where nobody asked.
    """

    name: str
    created_at: str
    network: Network
    classes: tuple[str, ...]
    input: Input = Input()
    version: int = 0
    training: dict[str, Any] = field(default_factory=dict)
    dataset: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    lineage: dict[str, Any] = field(default_factory=dict)
    familiarity: Familiarity | None = None

    def with_version(self, version: int) -> "Document":
        """The same document under another version."""
        return replace(self, version=version)


def describe(document: Document) -> dict[str, Any]:
    """Everything but the weights and what is familiar, in the document's own order and names."""
    network = document.network
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "name": document.name,
        "version": document.version,
        "created_at": document.created_at,
        "network": {
            "sizes": network.sizes,
            "activations": [activation.name for activation in network.activations],
            "cost": network.cost.name,
        },
        "input": {key: value for key, value in vars(document.input).items() if value is not None},
        "classes": document.classes,
        "training": document.training,
        "dataset": document.dataset,
        "metrics": document.metrics,
        "lineage": document.lineage,
    }
