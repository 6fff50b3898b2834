"""Load balancing: new connections are spread over the workers.

All workers listen on one socket, and a connection stays with the worker that accepts it. Without a rule, the
worker that is awake accepts all that come at once, and keeps them.
"""

from mmap import mmap
from typing import Final

TOLERANCE: Final = 8  # an eighth more is no imbalance: where many come at once, taking turns is slow
NOT_RUNNING: Final = (1 << 63) - 1  # connections of a worker that does not run


class Balance:
    """The open connections of each worker, in memory that they share.

    Args:
        places: workers there may be.
    """

    def __init__(self, places: int) -> None:
        self._counts = memoryview(mmap(-1, 8 * places)).cast("q")
        for place in range(places):
            self.leave(place)

    def set(self, place: int, connections: int) -> None:
        """Record the open connections of the worker at a place."""
        self._counts[place] = connections

    def leave(self, place: int) -> None:
        """Record that no worker runs at a place."""
        self._counts[place] = NOT_RUNNING

    def fewest(self) -> int:
        """Return how many the worker has that has the fewest."""
        return min(self._counts)

    def may_accept(self, place: int) -> bool:
        """Whether no other worker has notably fewer connections."""
        least = self.fewest()
        return self._counts[place] <= least + least // TOLERANCE


class Connections:
    """The open connections of one worker, on whatever it listens.

    Args:
        balance: of the workers.
        place: of this one.

    Attributes:
        open: how many there are.
    """

    def __init__(self, balance: Balance, place: int) -> None:
        self._balance, self._place = balance, place
        self.open, self._has_left = 0, False
        self._record()

    def may_accept(self) -> bool:
        """Whether no other worker has notably fewer."""
        return self._balance.may_accept(self._place)

    def fewest(self) -> int:
        """Return how many the worker has that has the fewest."""
        return self._balance.fewest()

    def opened(self) -> None:
        """Count one more."""
        self.open += 1
        self._record()

    def closed(self) -> None:
        """Count one less."""
        self.open -= 1
        self._record()

    def leave(self) -> None:
        """Record that this worker accepts no more, and is not to be waited for."""
        self._has_left = True
        self._balance.leave(self._place)

    def _record(self) -> None:
        if not self._has_left:
            self._balance.set(self._place, self.open)
