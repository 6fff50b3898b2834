import sys

import pytest
from distributed import LocalCluster
from prefect_dask.task_runners import DaskTaskRunner

from pipeline.runners import RunnerError, on_dask


def test_a_scheduler_s_workers_run_them():
    with LocalCluster(n_workers=0, dashboard_address=None) as cluster:
        runner = on_dask(cluster.scheduler_address)
        assert isinstance(runner, DaskTaskRunner)
        assert runner.address == cluster.scheduler_address


def test_an_address_that_is_none_is_a_sentence():
    with pytest.raises(
        RunnerError, match=r"^--dask: expected a scheduler such as tcp://10.0.0.7:8786: .*port"
    ):
        on_dask("10.0.0.7")


def test_without_the_extra_there_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "prefect_dask.task_runners", None)
    with pytest.raises(RunnerError, match=r"^--dask: expected the extra numeral\[dask\]"):
        on_dask("tcp://127.0.0.1:8786")
