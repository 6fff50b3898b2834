"""Balance: connections are spread evenly over the workers.

All workers listen on one socket, and a connection stays with the worker that takes it. Without a rule,
whoever is awake takes all that come at once, and keeps them.
"""

from mmap import mmap
from typing import Final

NOBODY: Final = (1 << 63) - 1  # connections of a worker that does not run


class Balance:
    """How many connections each worker has, in memory that they share.

    Args:
        places: workers there may be.
    """

    def __init__(self, places: int) -> None:
        self._counts = memoryview(mmap(-1, 8 * places)).cast("q")
        for place in range(places):
            self.leave(place)

    def set(self, place: int, connections: int) -> None:
        """Say how many connections the worker at a place has."""
        self._counts[place] = connections

    def leave(self, place: int) -> None:
        """Say that no worker runs at a place."""
        self._counts[place] = NOBODY

    def is_turn_of(self, place: int) -> bool:
        """Whether no other worker has fewer connections."""
        return self._counts[place] <= min(self._counts)
