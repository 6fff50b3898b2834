import sys

import pytest
from prefect.task_runners import ThreadPoolTaskRunner
from prefect_dask.task_runners import DaskTaskRunner

from pipeline.runners import RunnerError, here, on_dask


def test_tasks_are_run_here_one_after_the_other():
    with here() as runner:
        assert isinstance(runner, ThreadPoolTaskRunner)
        assert runner._max_workers == 1


def test_a_scheduler_s_workers_run_them_where_one_is_named():
    runner = on_dask("tcp://127.0.0.1:8786")
    assert isinstance(runner, DaskTaskRunner)
    assert runner.address == "tcp://127.0.0.1:8786"


def test_without_the_extra_there_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "prefect_dask.task_runners", None)
    with pytest.raises(RunnerError, match=r"^--dask: expected the extra numeral\[dask\]"):
        on_dask("tcp://127.0.0.1:8786")
