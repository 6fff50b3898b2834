"""Fixtures for the network, its document and its registry."""

import os
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from model.document.document import Document
from model.network.initialisation import INITIALISATIONS
from model.network.network import Network

NOBODY = 65534


@pytest.fixture
def silent() -> Iterator[None]:
    """Whatever overflows or makes a NaN fails the test; underflow to zero is exact enough."""
    with np.errstate(all="raise", under="ignore"):
        yield


@pytest.fixture
def make_network() -> Callable[..., Network]:
    """Build a network with parameters drawn from a seed."""

    def make(sizes, activations, cost, dtype=np.float64, seed=1) -> Network:
        network = Network.build(sizes, activations, cost, dtype)
        INITIALISATIONS["unit_normal"].draw(network.parameters, np.random.default_rng(seed))
        return network

    return make


@pytest.fixture
def make_small(make_document) -> Callable[..., Document]:
    """Build a document of a few hundred weights, quick to publish and to load."""
    return lambda seed=0, **changes: make_document(shape=(2, 2), seed=seed, **changes)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Where `registry` keeps its model."""
    return tmp_path / "registry" / "mnist"


@pytest.fixture
def published(registry, make_small):
    """A registry of three versions; the second is champion in place of the first."""
    for seed in (1, 2, 3):
        registry.publish(make_small(seed, metrics={"accuracy": seed / 4}), "test")
    registry.promote(1, "first", over=None)
    registry.promote(2, "better", over=1)
    return registry


@pytest.fixture
def read_only(tmp_path, monkeypatch) -> Callable[[], AbstractContextManager[Path]]:
    """A context that gives the registry's root, in which this process may write nothing."""
    monkeypatch.chdir(tmp_path)  # the root is relative: the folders above it are closed to nobody
    root = os.geteuid() == 0  # who may write whatever the permissions say

    @contextmanager
    def context() -> Iterator[Path]:
        folders = [tmp_path, *(path for path in tmp_path.rglob("*") if path.is_dir())]
        for folder in folders:
            folder.chmod(0o555)
        if root:
            os.seteuid(NOBODY)
        try:
            yield Path("registry")
        finally:
            if root:
                os.seteuid(0)
            for folder in folders:
                folder.chmod(0o755)

    return context


@pytest.fixture
def fork() -> Iterator[Callable[..., tuple[int, int]]]:
    """Run a function in a child: fork(function) -> (its process id, a pipe that ends with what it returns).

    The function gets the writing end of the pipe, for whatever it has to say before it ends.
    """
    children: list[int] = []

    def start(function: Callable[[int], bytes]) -> tuple[int, int]:
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the other threads are NumPy's, and idle
            child = os.fork()
        if child == 0:
            code = 1
            try:
                os.write(writing, function(writing))
                code = 0
            finally:
                os._exit(code)
        os.close(writing)
        children.append(child)
        return child, reading

    yield start
    for child in children:
        with suppress(ProcessLookupError, ChildProcessError):  # it was waited for
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
