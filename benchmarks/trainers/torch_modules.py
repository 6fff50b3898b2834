"""PyTorch eager with nn.Sequential, backward() and optim.SGD in its fused form."""

from itertools import pairwise

import torch
from torch import nn

from benchmarks.trainers import torch_eager
from benchmarks.trainers.problems import Row
from model.arrays import Array


class Contender(torch_eager.Contender):
    """One training, an epoch at a time."""

    def __init__(self, row: Row, images: Array, labels: Array) -> None:
        super().__init__(row, images, labels)
        activation = nn.Sigmoid if row.quadratic else nn.ReLU
        linear = [nn.Linear(n_in, n_out) for n_in, n_out in pairwise(row.sizes)]
        modules = [module for layer in linear for module in (layer, activation())]
        self._forward = nn.Sequential(*(modules if row.quadratic else modules[:-1]))
        for layer, (W, b) in zip(linear, self._layers, strict=True):
            layer.weight.data, layer.bias.data = W.data, b.data
        self._optimizer = torch.optim.SGD(self._forward.parameters(), row.learning_rate, fused=True)

    def _step(self, cost: torch.Tensor) -> None:
        self._optimizer.zero_grad()
        cost.backward()
        self._optimizer.step()
