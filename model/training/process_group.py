"""The team: processes that train one network together, each with its share of every layer.

They are forked, so that they see one copy of the examples, and meet in shared memory. Threads of one
interpreter would wait for its lock longer than they work: a step takes 40 microseconds to a few milliseconds.
"""

import mmap
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from typing import NoReturn

import numpy as np
from numpy.typing import DTypeLike

from model.arrays import Array
from model.errors import TrainingError
from model.parent_process import end_with

SPINS = 2_000  # looks at the others before resting: about 100 microseconds
SHORTEST_REST, LONGEST_REST = 50e-6, 2e-3  # seconds
SHARE_OF_WAITING = 0.1  # that a rest may add to it
ALIGNED = 64  # bytes: a cache line, which no two arrays share
CAN_FORK = sys.platform == "linux"  # elsewhere BLAS may not survive it


class Team:
    """The calling process and those that it starts.

    Args:
        size: how many there are.

    Attributes:
        size: as given; 1 where processes cannot be forked.
        rank: which of them this is; 0 in the calling process.
    """

    def __init__(self, size: int = 1) -> None:
        self.size = size if CAN_FORK else 1
        self.rank = 0
        self._parent = os.getpid()
        self._others: dict[int, int] = {}  # rank: process id
        self._codes: dict[int, int] = {}  # rank: exit code, of those that ended
        self._meetings = 0
        if self.size > 1:
            self._memory = mmap.mmap(-1, _half_of_all_memory())
            self._taken = 0
        # how many meetings each of them has come to, and whether it is over
        self._board = memoryview(self.array(self.size + 1, np.int64).data)

    def array(self, length: int, dtype: DTypeLike) -> Array:
        """A vector of zeros that all of them see: those who ask in the same order get the same.

        Raises:
            MemoryError: there is not as much.
        """
        dtype = np.dtype(dtype)
        if self.size == 1:
            return np.zeros(length, dtype)
        start = self._taken
        self._taken += -(-length * dtype.itemsize // ALIGNED) * ALIGNED
        if self._taken > len(self._memory):
            raise MemoryError(
                f"a team's arrays: expected at most {len(self._memory)} bytes, got {self._taken}"
            )
        return np.frombuffer(self._memory, dtype, length, start)

    def share(self, count: int) -> slice:
        """Which of so many things are this member's."""
        return slice(count * self.rank // self.size, count * (self.rank + 1) // self.size)

    def start(self, work: Callable[[], object]) -> None:
        """Have the others do `work`, in which they meet this process as often as it meets them."""
        for rank in range(1, self.size):
            with warnings.catch_warnings():
                # other threads may hold locks, which the child never asks for: it only computes
                warnings.simplefilter("ignore", DeprecationWarning)
                child = os.fork()
            if child == 0:
                self._serve(rank, work)
            self._others[rank] = child

    def meet(self) -> None:
        """Wait until all of them are here.

        Raises:
            TrainingError: one of them ended.
        """
        if self.size == 1:
            return
        self._meetings += 1
        self._board[self.rank] = self._meetings
        for member in range(self.size):
            looks = 0
            while self._board[member] < self._meetings:
                looks += 1
                if looks == SPINS:
                    self._rest_until_here(member)

    def dismiss(self) -> None:
        """End the others, wherever they are."""
        self._board[self.size] = True
        for child in self._others.values():
            os.waitpid(child, 0)
        self._others.clear()

    def _rest_until_here(self, member: int) -> None:
        """Leave the core to others, the longer it takes the longer; leave for good if it is in vain."""
        start = time.monotonic()
        while self._board[member] < self._meetings:
            time.sleep(min(SHORTEST_REST + (time.monotonic() - start) * SHARE_OF_WAITING, LONGEST_REST))
            if self.rank and (self._board[self.size] or os.getppid() != self._parent):
                os._exit(0)
            if self.rank == 0:
                self._check(member)

    def _check(self, member: int) -> None:
        """Complain if a member that has not come never will; one that has may have ended after it came."""
        if member in self._others:
            ended, status = os.waitpid(self._others[member], os.WNOHANG)
            if ended:
                del self._others[member]
                self._codes[member] = os.waitstatus_to_exitcode(status)
        if member in self._codes and self._board[member] < self._meetings:
            code = self._codes[member]
            raise TrainingError(f"a process that shared the training ended with code {code}")

    def _serve(self, rank: int, work: Callable[[], object]) -> NoReturn:
        """What a child does; it never goes back to where its parent was called from."""
        self.rank = rank
        code = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it, too, and dismisses
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)  # not as the parent does
            end_with(self._parent)
            work()
            code = 0
        finally:
            if code:
                traceback.print_exc()
            os._exit(code)


def _half_of_all_memory() -> int:
    """In bytes; a page of them is taken when it is first written to."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
