"""What is served: one version of the model, ready to answer, and the watch that replaces it."""

import logging
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from model.arrays import Array
from model.document.document import Document, describe
from model.errors import NotFoundError, NumeralError
from model.network.network import class_probabilities, predicted_classes
from model.registry.registry import CHAMPION, Registry
from model.registry.versions import Manifest
from service.event_loop.loop_turn import Turn
from service.observability import metrics
from service.serving.batching import Batching

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Served:
    """A verified version. Nothing in it changes, so a request that holds it cannot mix versions.

    Attributes:
        document: as it was published.
        manifest: of it.
        turn: of the loop, in which requests share forward passes; None where they have threads.
    """

    document: Document
    manifest: Manifest
    turn: Turn | None = None

    @cached_property
    def batching(self) -> Batching:
        """What runs its forward passes."""
        parameters = sum(W.size for W in self.document.network.parameters.W)
        return Batching(self._forward, parameters, self.turn)

    @property
    def identity(self) -> dict[str, Any]:
        """What an answer says of the model that gave it."""
        return {
            "name": self.document.name,
            "version": self.manifest.version,
            "sha256": self.manifest.sha256,
        }

    @property
    def notes(self) -> list[Any]:
        """What people are told of it, such as that it was trained on other data than was asked for."""
        notes = self.document.lineage.get("notes")
        return notes if isinstance(notes, list) else []

    def description(self) -> dict[str, Any]:
        """The document without its weights, and its digest."""
        return describe(self.document) | {"sha256": self.manifest.sha256}

    @property
    def version(self) -> str:
        """As protocols write it."""
        return str(self.manifest.version)

    def predict(self, rows: Array) -> "Answer":
        """Answer a batch in one forward pass, which other batches may share.

        Args:
            rows: (m, n_0) float32, one instance a row.
        """
        A = self.batching.run(rows)
        return Answer(self, predicted_classes(A), np.ascontiguousarray(class_probabilities(A).T))

    def _forward(self, rows: Array) -> Array:
        with metrics.passes(self.version).time():
            return self.document.network.forward(rows.T)


@dataclass(frozen=True)
class Answer:
    """What a version says of a batch of m rows.

    Attributes:
        served: who says it.
        predictions: (m,) the index of each row's likeliest class.
        probabilities: (m, classes) float32.
    """

    served: Served
    predictions: Array
    probabilities: Array

    @property
    def labels(self) -> list[str]:
        """The likeliest class of each row, by name."""
        classes = self.served.document.classes
        return [classes[index] for index in self.predictions]

    def top(self, k: int) -> Array:
        """The indices (m, k) of the likeliest classes of each row, from the likeliest on."""
        return np.argsort(-self.probabilities, axis=1, kind="stable")[:, :k]


def load(registry: Registry, version: int, turn: Turn | None = None) -> Served:
    """Load a version, and run a first pass, which pays for BLAS's start.

    Raises:
        NotFoundError: there is no such version.
        DamagedError: its bytes are not the published ones.
    """
    document, manifest = registry.load(version)
    document.network.forward(np.zeros((document.network.sizes[0], 1), np.float32))
    return Served(document, manifest, turn)


class Champion:
    """The version that the registry calls champion, as far as this process has taken it up.

    Attributes:
        current: what is served; None until there is something. It is replaced in one assignment.
        failure: why the last look at the registry did not end in serving what it names; None where it did.
    """

    def __init__(self, registry: Registry, turn: Turn | None = None) -> None:
        self._registry, self._turn = registry, turn
        self.current: Served | None = None
        self.failure: str | None = None

    def refresh(self) -> None:
        """Look at the registry once; whatever is wrong there, what is served goes on being served."""
        try:
            manifest = self._registry.manifest(self._registry.resolve(CHAMPION))
            if self.current is None or manifest != self.current.manifest:
                self._take_up(manifest.version)
        except (NumeralError, OSError, MemoryError) as error:
            self._failed(error)
        else:
            self.failure = None
            metrics.RELOAD_FAILING.set(0)

    def watch(self, seconds: float) -> None:
        """Look again every so many seconds, in threads that end with the process."""

        def look() -> None:
            try:
                self.refresh()
            finally:  # whatever has become of this look, even a bug, another one follows
                self._watch_on(seconds)

        timer = threading.Timer(seconds, look)
        timer.daemon = True
        timer.start()

    def _watch_on(self, seconds: float) -> None:
        while True:
            try:
                self.watch(seconds)
            except RuntimeError:  # the system has no more threads: this one waits for the next to be had
                time.sleep(seconds)
            else:
                return

    def _take_up(self, version: int) -> None:
        self.current = served = load(self._registry, version, self._turn)
        metrics.RELOADS.inc()
        metrics.SERVED_VERSION.set(version)
        log.info("serving %s version %d", self._registry.name, version, extra={"fields": served.identity})
        for note in served.notes:
            log.warning("%s version %d: %s", self._registry.name, version, note)

    def _failed(self, error: Exception) -> None:
        metrics.RELOAD_FAILING.set(1)
        if not (self.current is None and isinstance(error, NotFoundError)):  # an empty registry is no failure
            metrics.RELOAD_FAILURES.inc()
        failure = str(error) or type(error).__name__
        if failure != self.failure:
            log.error("the champion cannot be taken up: %s", failure)
        self.failure = failure
