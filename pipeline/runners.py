"""Runners: where tasks are run that need not be run in the flow's own process, the training of teachers."""

from typing import Any

from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from model.errors import NumeralError


class RunnerError(NumeralError):
    """There is nobody to run tasks."""


def here() -> TaskRunner[Any]:
    """One task after the other, in this process: each takes all cores."""
    return ThreadPoolTaskRunner(max_workers=1)


def on_dask(scheduler: str) -> TaskRunner[Any]:
    """On the workers of a Dask scheduler, such as `tcp://10.0.0.7:8786`.

    Raises:
        RunnerError: the extra `dask` is not installed.
    """
    try:
        from prefect_dask.task_runners import DaskTaskRunner  # noqa: PLC0415  an extra
    except ImportError as error:
        raise RunnerError(
            f"--dask: expected the extra numeral[dask], and it is not installed: {error}"
        ) from None
    return DaskTaskRunner(address=scheduler)
