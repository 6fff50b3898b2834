"""Fixtures that more than one room of the tests needs."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from server import Server, wait_for
from threadpoolctl import threadpool_limits

from model.document.document import Document, Input
from model.network.initialisation import INITIALISATIONS
from model.network.network import Network
from model.registry.registry import Registry
from model.settings import Settings
from pipeline.data.digits import load_digits
from pipeline.data.download.fetch_with_retries import DownloadError, fetch
from pipeline.data.mnist_files import MNIST

# No deadlines: machines are slow at times. In .ci/run the same examples each time: a red run is a change's.
settings.register_profile(
    "numeral",
    deadline=None,
    derandomize="NOTHING_SKIPPED" in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("numeral")


def pytest_configure() -> None:
    """In the background, or with nohup, signals are ignored; what tests start is not to inherit that."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest come first: whoever runs tests side by side is not to wait for one at the end."""
    items.sort(key=lambda item: "system" not in item.path.parts)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Where NOTHING_SKIPPED is set, as in .ci/run, a test that is skipped has failed."""
    report = yield
    if report.skipped and os.environ.get("NOTHING_SKIPPED") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread() -> Iterator[None]:
    """Others test on the other cores, where threads of BLAS would wait for each other, and for long."""
    with threadpool_limits(1, "blas"):
        yield


@pytest.fixture
def rng():
    return np.random.default_rng(20)


@pytest.fixture
def make_document() -> Callable[..., Document]:
    """Build a document of an untrained network; `favourite` is the class that it always answers."""

    def make(
        favourite: int | None = None, shape: tuple[int, int] = (28, 28), seed: int = 0, **changes
    ) -> Document:
        pixels = shape[0] * shape[1]
        network = Network.build((pixels, 12, 10), ("relu", "softmax"), "categorical_cross_entropy")
        INITIALISATIONS["he_normal"].draw(network.parameters, np.random.default_rng(seed))
        if favourite is not None:
            network.parameters.b[-1][favourite] = 50
        facts = {
            "name": "mnist",
            "created_at": "2026-01-02T03:04:05.678Z",
            "network": network,
            "classes": tuple("0123456789"),
            "input": Input(shape=shape),
            "training": {"recipe": "none", "seconds": 0.0, "seed": seed},
            "dataset": {"name": "mnist", "sizes": {"test": 1}},
            "metrics": {"accuracy": 0.5},
            "lineage": {"notes": []},
        }
        return Document(**(facts | changes))

    return make


@pytest.fixture
def registry(tmp_path) -> Registry:
    return Registry(tmp_path / "registry", "mnist")


@pytest.fixture
def serve(tmp_path) -> Iterator[Callable[..., Server]]:
    """Start servers that end with the test; `ready=False` does not wait for a model to be served."""
    servers: list[Server] = []

    def start(registry: Path, *, ready: bool = True, **settings: object) -> Server:
        server = Server(registry, tmp_path / f"service-{len(servers)}.log", **settings)
        servers.append(server)
        wait_for(lambda: server.answers("/readyz" if ready else "/healthz"))
        return server

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="session")
def digits():
    return load_digits(None)


@pytest.fixture(scope="session")
def mnist_folder(tmp_path_factory) -> Path:
    """The real MNIST files, downloaded by the pipeline's own code from NUMERAL_MNIST_MIRRORS."""
    chosen = Settings.from_environment(
        {name: value for name, value in os.environ.items() if name == "NUMERAL_MNIST_MIRRORS"}
    )
    folder = tmp_path_factory.mktemp("mnist")
    try:
        for resource in MNIST.values():
            fetch(resource, chosen.mnist_mirrors, folder)
    except DownloadError as error:
        pytest.skip(f"no mirror of MNIST answers: {error}")
    return folder
