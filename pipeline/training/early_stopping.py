"""Watching a training: its history, its best epoch, and when to stop."""

from dataclasses import asdict
from typing import Any

from model.arrays import Array
from model.network.network import Network
from model.training.loop import EpochReport
from pipeline.data.dataset.subsets import Examples
from pipeline.training.evaluate import evaluate
from pipeline.training.recipe import Recipe


class Watch:
    """What is seen of a training while it goes on.

    Args:
        recipe: how often to look, at what, and for how long to wait for something better.
        network: that answers; its parameters change in place.
        training: examples that are learned from.
        validation: examples that are not; where there are none, `training` is watched.

    Attributes:
        history: for each epoch its number, `training_cost` and `training_accuracy`, means over its batches.
            An epoch that was looked at has cost and accuracy on the validation examples, and on the training
            examples if the recipe says so, which then stand for the means over the batches.
        best: the parameters of the best epoch.
    """

    def __init__(self, recipe: Recipe, network: Network, training: Examples, validation: Examples) -> None:
        self.history: list[dict[str, Any]] = []
        self.best: Array = network.parameters.flat.copy()
        self._recipe = recipe
        self._network = network
        self._watched = {"validation": validation} if len(validation) else {}
        if recipe.watch_training or not len(validation):
            self._watched["training"] = training
        self._accuracy = f"{next(iter(self._watched))}_accuracy"

    def look(self, report: EpochReport) -> str:
        """Note what an epoch did, and say it in a few words."""
        entry: dict[str, Any] = asdict(report)
        self.history.append(entry)
        epoch, cost = report.epoch, report.training_cost
        if not self._is_looked_at(epoch):
            return f"cost {cost:.4f}"
        for name, examples in self._watched.items():
            metrics = evaluate(self._network, examples).metrics
            entry |= {f"{name}_cost": metrics.cost, f"{name}_accuracy": metrics.accuracy}
        if self._best_epoch() == epoch:
            self.best[...] = self._network.parameters.flat
        return f"cost {cost:.4f}, {self._accuracy.replace('_', ' ')} {entry[self._accuracy]:.2%}"

    def has_lost_patience(self) -> bool:
        """Whether nothing better came for as many epochs as the recipe waits."""
        patience = self._recipe.patience
        return patience is not None and self.history[-1]["epoch"] - self._best_epoch() >= patience

    def _is_looked_at(self, epoch: int) -> bool:
        return epoch % self._recipe.watch_every == 0 or epoch == self._recipe.epochs

    def _best_epoch(self) -> int:
        """The first of those with the highest accuracy; 0 before any was looked at."""
        looked_at = [entry for entry in self.history if self._is_looked_at(entry["epoch"])]
        best = max(looked_at, key=lambda entry: float(entry[self._accuracy]), default={"epoch": 0})
        return int(best["epoch"])
