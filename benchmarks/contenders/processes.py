"""Processes: those that a service has started, their memory and their connections, from /proc."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
ESTABLISHED = "01"  # as include/net/tcp_states.h of Linux numbers it
SOCKET = re.compile(r"socket:\[(\d+)\]")


def family(pid: int) -> Iterator[int]:
    """Yield a process and all that descend from it."""
    yield pid
    with suppress(FileNotFoundError):
        for children in (PROC / str(pid) / "task").glob("*/children"):
            for child in children.read_text(encoding="ascii").split():
                yield from family(int(child))


def memory(pids: Iterable[int]) -> float:
    """Return the proportional set size of processes together, MiB."""
    return sum(map(_pss, pids)) / 1024


def connections(pids: Iterable[int], port: int) -> dict[int, int]:
    """Return how many established connections to a port on this machine each process holds.

    Connections that the kernel has taken, but no process has accepted yet, are nobody's.
    """
    tables = ((PROC / "net" / name).read_text(encoding="ascii") for name in ("tcp", "tcp6"))
    inodes = set().union(*(established(table, port) for table in tables))
    return {pid: len(inodes & _sockets(pid)) for pid in pids}


def established(table: str, port: int) -> set[str]:
    """Return the inodes of the established connections whose local end is a port, from a /proc/net/tcp."""
    lines = (line.split() for line in table.splitlines()[1:])
    local = f":{port:04X}"
    return {line[9] for line in lines if line[1].endswith(local) and line[3] == ESTABLISHED}


def _sockets(pid: int) -> set[str]:
    found = set()
    for descriptor in (PROC / str(pid) / "fd").iterdir():
        with suppress(FileNotFoundError):  # closed since the folder was listed
            if match := SOCKET.fullmatch(str(descriptor.readlink())):
                found.add(match[1])
    return found


def _pss(pid: int) -> int:
    lines = (PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
