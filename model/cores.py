"""Cores: how many this process may use, by its affinity and by the quota of its container."""

import os
from collections.abc import Iterator
from pathlib import Path

CONTROL_GROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")
UNLIMITED = ("max", "-1")


def available(groups: Path = CONTROL_GROUPS, own: Path = OWN_GROUPS) -> int:
    """The cores that the system lets this process have, 1 or more; part of one counts as none.

    Args:
        groups: where control groups are, of either version.
        own: the file that says in which of them this process is.
    """
    quotas = [int(quota) for folder in _groups(groups, own) for quota in _quotas(folder)]
    return max(1, min([_affinity(), *quotas]))


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _groups(groups: Path, own: Path) -> Iterator[Path]:
    """The folders of this process's group and of those above it; a container may see its own as the root."""
    for line in own.read_text(encoding="utf-8").splitlines() if own.exists() else []:
        _, controllers, name = line.split(":", 2)
        root = groups / "cpu" if controllers else groups
        if not controllers or "cpu" in controllers.split(","):
            folder = root / name.lstrip("/")
            yield from (folder, *(parent for parent in folder.parents if parent.is_relative_to(root)))


def _quotas(folder: Path) -> Iterator[float]:
    """Processor time a period, where it is limited: cpu.max is version 2's, the other two are version 1's."""
    try:
        if (folder / "cpu.max").exists():
            quota, period = (folder / "cpu.max").read_text(encoding="utf-8").split()
        else:
            names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
            quota, period = ((folder / name).read_text(encoding="utf-8").strip() for name in names)
    except FileNotFoundError:
        return
    if quota not in UNLIMITED:
        yield int(quota) / int(period)
