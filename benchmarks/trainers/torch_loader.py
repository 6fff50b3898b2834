"""PyTorch eager as its tutorials write it: modules, an optimizer, and a DataLoader that stacks examples."""

from collections.abc import Iterable

import torch
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.trainers import torch_modules


class Contender(torch_modules.Contender):
    """One training, an epoch at a time."""

    def _batches(self) -> Iterable[tuple[torch.Tensor, torch.Tensor]]:
        order = self._rng.permutation(len(self._images)).tolist()
        return DataLoader(TensorDataset(self._images, self._targets), self._row.mini_batch, sampler=order)
