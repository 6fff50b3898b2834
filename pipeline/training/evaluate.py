"""Evaluation: what a network answers to examples, and what that is worth."""

from dataclasses import dataclass

import numpy as np

from model.arrays import Array
from model.evaluation.metrics import Metrics, measure
from model.network.network import Network, class_probabilities, predicted_classes
from pipeline.data.dataset.subsets import Examples
from pipeline.training.batches import Batches

BATCH = 1000
BATCH_NUMBERS = 1 << 24  # in all images of a batch, where they are large


@dataclass(frozen=True)
class Evaluation:
    """What the answers to m examples were, and are worth.

    Attributes:
        metrics: of them.
        predicted: (m,) the class of each answer.
        confidence: (m,) the probability of that class.
    """

    metrics: Metrics
    predicted: Array
    confidence: Array


def evaluate(network: Network, examples: Examples) -> Evaluation:
    """Ask the network about every example."""
    size = max(min(BATCH, BATCH_NUMBERS // network.sizes[0]), 1)
    outputs: list[Array] = []
    cost = 0.0
    for X, Y in Batches(examples, network.sizes[-1], size, dtype=network.parameters.flat.dtype):
        Z, A = network.output(X)
        outputs.append(A)
        cost += network.cost.value(Z, A, Y) * X.shape[1]
    A = np.concatenate(outputs, axis=1)
    predicted = predicted_classes(A)
    probabilities = class_probabilities(A)
    metrics = measure(probabilities, predicted, examples.true_classes(), cost / len(examples))
    return Evaluation(metrics, predicted, probabilities.max(axis=0))
