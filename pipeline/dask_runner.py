"""The Dask runner: Prefect's, which says where tasks wait because the scheduler has no workers."""

import logging
from typing import Any, TypeVar

from distributed import Client, KilledWorker
from prefect_dask.task_runners import DaskTaskRunner, PrefectDaskFuture

from model.errors import NumeralError

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 600.0

R = TypeVar("R")

log = logging.getLogger(__name__)


class WorkersKilledError(NumeralError):
    """A task has ended worker after worker."""


class DaskRunner(DaskTaskRunner):
    """Runs tasks on the workers of a scheduler, and waits where it has none."""

    def submit(self, *args: Any, **parameters: Any) -> Any:
        """As Prefect's runner does, for a future that says what it waits for."""
        future = super().submit(*args, **parameters)
        return DaskFuture(future.task_run_id, future.wrapped_future)


class DaskFuture(PrefectDaskFuture[R]):
    """The result of a task."""

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:  # noqa: FBT001, FBT002  Prefect's
        """Wait for the result, and for workers where the scheduler has none.

        Args:
            timeout: seconds; where it is given, nothing is said of workers.
            raise_on_failure: whether to raise what the task raised.

        Raises:
            WorkersKilledError: so many of its workers were killed that the scheduler has given it up.
        """
        while timeout is None and not self.wrapped_future.done():
            wait_for_workers(self.wrapped_future.client)
            self.wait(FIRST_PAUSE_SECONDS)
        try:
            result: R = super().result(timeout, raise_on_failure)
        except KilledWorker as error:
            raise WorkersKilledError(
                f"expected a worker to train a teacher to its end; {error.allowed_failures + 1} were killed, "
                f"the last one at {error.last_worker.address}, whose log may say why"
            ) from None
        return result


def wait_for_workers(client: Client) -> None:
    """Wait until the scheduler has a worker; warn after a pause without one, which doubles each time."""
    pause, address = FIRST_PAUSE_SECONDS, client.scheduler_info()["address"]
    while not _has_workers(client, pause):
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        log.warning(
            "scheduler %s has no workers; start one with: dask worker %s --nthreads 1 --memory-limit 0; "
            "waits, and says so again in %g s",
            *(address, address, pause),
        )
    if pause > FIRST_PAUSE_SECONDS:
        log.info("scheduler %s has workers now: %d", address, len(client.nthreads()))


def _has_workers(client: Client, seconds: float) -> bool:
    """Whether there is a worker within so many seconds."""
    try:
        client.wait_for_workers(1, seconds)
    except TimeoutError:
        return False
    return True
