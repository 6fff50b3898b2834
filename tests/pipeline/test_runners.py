import sys

import pytest
from distributed import LocalCluster


@pytest.fixture(scope="module")
def runners(tmp_path_factory):
    """The module; Prefect, which comes with it, wants to find its home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        from pipeline import runners

        yield runners


def test_a_scheduler_s_workers_run_them(runners):
    with LocalCluster(n_workers=0, dashboard_address=None) as cluster:
        runner = runners.on_dask(cluster.scheduler_address)
        assert runner.name.startswith("dask")
        assert runner.address == cluster.scheduler_address


def test_an_address_that_is_none_is_a_sentence(runners):
    expected = r"^--dask: expected a scheduler such as tcp://10.0.0.7:8786: .*port"
    with pytest.raises(runners.RunnerError, match=expected):
        runners.on_dask("10.0.0.7")


def test_without_the_extra_there_is_a_sentence(runners, monkeypatch):
    monkeypatch.setitem(sys.modules, "prefect_dask.task_runners", None)
    with pytest.raises(runners.RunnerError, match=r"^--dask: expected the extra numeral\[dask\]"):
        runners.on_dask("tcp://127.0.0.1:8786")
