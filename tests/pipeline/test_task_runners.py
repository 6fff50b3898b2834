import logging
import os
import socket
import sys
from uuid import uuid4

import dask
import pytest
from distributed import Client, LocalCluster


@pytest.fixture(scope="module")
def runners(tmp_path_factory):
    """The module; Prefect, which comes with it, wants to find its home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        from pipeline import task_runners

        yield task_runners


def test_a_scheduler_s_workers_run_them(runners):
    with LocalCluster(n_workers=0, dashboard_address=None) as cluster:
        runner = runners.on_dask(cluster.scheduler_address)
        assert runner.name.startswith("dask")
        assert runner.address == cluster.scheduler_address


def test_an_address_that_is_none_is_a_sentence(runners):
    expected = r"^--dask: expected a scheduler such as tcp://10.0.0.7:8786: .*port"
    with pytest.raises(runners.RunnerError, match=expected):
        runners.on_dask("10.0.0.7")


def test_a_scheduler_that_cannot_be_reached_is_a_sentence(runners):
    with socket.socket() as bound, dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        bound.bind(("127.0.0.1", 0))  # and does not listen
        address = f"tcp://127.0.0.1:{bound.getsockname()[1]}"
        expected = f"^--dask: expected a scheduler such as tcp://10.0.0.7:8786: .*{address}"
        with pytest.raises(runners.RunnerError, match=expected):
            runners.on_dask(address)


class Listener(logging.Handler):
    """Keeps what is said, and calls a function at the third warning."""

    def __init__(self, then):
        super().__init__(logging.INFO)
        self.said, self._then = [], then

    def emit(self, record):
        self.said.append(record.getMessage())
        if len(self.said) == 3:
            self._then()


@pytest.mark.usefixtures("runners")
def test_a_scheduler_without_workers_is_warned_of_at_growing_pauses_until_it_has_one(monkeypatch):
    from pipeline import dask_runner

    monkeypatch.setattr(dask_runner, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(dask_runner, "LONGEST_PAUSE_SECONDS", 0.03)
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster,
        Client(cluster.scheduler_address) as client,
    ):
        listener = Listener(lambda: cluster.scale(1))
        dask_runner.log.addHandler(listener)
        try:
            dask_runner.wait_for_workers(client)
            *warnings, last = listener.said
            dask_runner.wait_for_workers(client)
        finally:
            dask_runner.log.removeHandler(listener)
        address = cluster.scheduler_address
        sentence = f"scheduler {address} has no workers; start one with: dask worker {address} "
        assert all(warning.startswith(sentence) for warning in warnings)
        pauses = [warning.split()[-2] for warning in warnings]
        assert pauses[:3] == ["0.02", "0.03", "0.03"]
        assert last == f"scheduler {address} has workers now: 1"
        assert listener.said[-1] is last, "nothing is said where there are workers"


@pytest.mark.usefixtures("runners")  # which has a home for Prefect
def test_a_task_that_kills_its_workers_is_a_sentence():
    from pipeline.dask_runner import DaskFuture, WorkersKilledError

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster.scheduler_address) as client,
    ):
        future = DaskFuture(uuid4(), client.submit(os._exit, 1))
        with pytest.raises(WorkersKilledError, match=r"to its end; 1 were killed, the last one at tcp://"):
            future.result()


def test_without_the_extra_there_is_a_sentence(runners, monkeypatch):
    monkeypatch.delitem(sys.modules, "pipeline.dask_runner", raising=False)
    monkeypatch.setitem(sys.modules, "prefect_dask.task_runners", None)
    with pytest.raises(runners.RunnerError, match=r"^--dask: expected the extra numeral\[dask\]"):
        runners.on_dask("tcp://127.0.0.1:8786")
