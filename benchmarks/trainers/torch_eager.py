"""PyTorch eager: functions, autograd.grad and updates in place, the fastest form found that uses no compiler.

The images are float32 before the first epoch; index_select gathers a mini-batch.
"""

from collections.abc import Iterable

import numpy as np
import torch
from torch.nn import functional

from benchmarks.trainers.problems import Row, flat
from model.arrays import Array


class Contender:
    """One training, an epoch at a time."""

    def __init__(self, row: Row, images: Array, labels: Array) -> None:
        self._row = row
        self._rng = row.shuffling()
        self._images = torch.from_numpy(images.astype(np.float32)).div_(255)
        self._targets = torch.from_numpy(labels.astype(np.int64))
        if row.quadratic:
            self._targets = functional.one_hot(self._targets).float()
        self._layers = [(torch.tensor(W), torch.tensor(b)) for W, b in row.layers()]
        self._tensors = [tensor.requires_grad_() for layer in self._layers for tensor in layer]

    def epoch(self) -> float:
        """Its mean training cost."""
        total = 0.0
        for X, targets in self._batches():
            cost = self._cost(X, targets)
            self._step(cost)
            total += cost.item() * len(X)
        return total / len(self._images)

    def parameters(self) -> Array:
        """All of them, as model.network.parameters has them."""
        return flat([(W.detach().numpy(), b.detach().numpy()) for W, b in self._layers])

    def _batches(self) -> Iterable[tuple[torch.Tensor, torch.Tensor]]:
        order = torch.from_numpy(self._rng.permutation(len(self._images)))
        for rows in order.split(self._row.mini_batch):
            yield self._images.index_select(0, rows), self._targets.index_select(0, rows)

    def _cost(self, X: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        outputs = self._forward(X)
        if self._row.quadratic:
            return functional.mse_loss(outputs, targets, reduction="sum") / (2 * len(X))
        return functional.cross_entropy(outputs, targets)

    def _forward(self, A: torch.Tensor) -> torch.Tensor:
        activation = torch.sigmoid if self._row.quadratic else torch.relu
        for W, b in self._layers[:-1]:
            A = activation(functional.linear(A, W, b))
        Z = functional.linear(A, *self._layers[-1])
        return activation(Z) if self._row.quadratic else Z

    def _step(self, cost: torch.Tensor) -> None:
        gradients = torch.autograd.grad(cost, self._tensors)
        with torch.no_grad():
            for tensor, gradient in zip(self._tensors, gradients, strict=True):
                tensor.add_(gradient, alpha=-self._row.learning_rate)
