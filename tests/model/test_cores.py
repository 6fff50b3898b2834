import os

import pytest

from model.cores import available

SEEN = os.cpu_count() or 1


@pytest.fixture
def system(tmp_path):
    """Control groups as files say: system("0::/a", {"a/cpu.max": "max 100000"}) -> the arguments."""

    def make(own, files):
        (tmp_path / "cgroup").write_text(own + "\n")
        groups = tmp_path / "groups"
        for name, content in files.items():
            (groups / name).parent.mkdir(parents=True, exist_ok=True)
            (groups / name).write_text(content + "\n")
        return groups, tmp_path / "cgroup"

    return make


def second(quota, period="100000"):
    return f"{quota} {period}"


def first(group, quota, period="100000"):
    return {f"cpu{group}/cpu.cfs_quota_us": quota, f"cpu{group}/cpu.cfs_period_us": period}


LIMITED = {
    "its own group": ("0::/a/b", {"a/b/cpu.max": second("100000")}),
    "a group above it": ("0::/a/b", {"a/cpu.max": second("100000"), "a/b/cpu.max": second("max")}),
    "a container that sees its group as the root": ("0::/", {"cpu.max": second("100000")}),
    "a container that sees the host's names": ("0::/docker/c0ffee", {"cpu.max": second("100000")}),
    "one core and a half": ("0::/", {"cpu.max": second("150000")}),
    "part of a core": ("0::/", {"cpu.max": second("10000")}),
    "version 1": ("4:memory:/x\n2:cpu,cpuacct:/a", first("/a", "50000", "50000")),
    "version 1, a group above it": ("2:cpu:/a/b", first("", "100000") | first("/a/b", "-1")),
}


@pytest.mark.parametrize("case", LIMITED.values(), ids=LIMITED)
def test_a_quota_counts(case, system):
    assert available(*system(*case)) == 1


UNLIMITED = {
    "no quota": ("0::/a", {"a/cpu.max": second("max")}),
    "a larger quota": ("0::/", {"cpu.max": second("100000000")}),
    "no control of processors": ("0::/a", {"a/pids.max": "5"}),
    "version 1, no quota": ("2:cpu:/", first("", "-1")),
    "another's group": ("0::/a", {"b/cpu.max": second("100000")}),
}


@pytest.mark.parametrize("case", UNLIMITED.values(), ids=UNLIMITED)
def test_without_a_quota_affinity_counts(case, system):
    assert available(*system(*case)) == len(os.sched_getaffinity(0))


def test_a_system_without_control_groups_and_affinity_has_all_its_cores(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")  # as on macOS
    assert available(tmp_path / "none", tmp_path / "none") == SEEN
