"""Runners: where tasks are run that need not be run in the flow's own process, the training of teachers."""

from typing import Any

from prefect.task_runners import TaskRunner

from model.errors import NumeralError


class RunnerError(NumeralError):
    """There is nobody to run tasks."""


def on_dask(scheduler: str) -> TaskRunner[Any]:
    """On the workers of a Dask scheduler, such as `tcp://10.0.0.7:8786`.

    Raises:
        RunnerError: there is no such scheduler, or the extra `dask` is not installed.
    """
    try:
        from distributed import Client  # noqa: PLC0415  an extra

        from pipeline.dask_runner import DaskRunner  # noqa: PLC0415  as above
    except ImportError as error:
        raise RunnerError(
            f"--dask: expected the extra numeral[dask], and it is not installed: {error}"
        ) from None
    try:
        Client(scheduler).close()
    except (ValueError, OSError) as error:
        raise RunnerError(f"--dask: expected a scheduler such as tcp://10.0.0.7:8786: {error}") from None
    return DaskRunner(address=scheduler)
