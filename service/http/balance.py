"""Balance: connections are spread evenly over the workers.

All workers listen on one socket, and a connection stays with the worker that takes it. Without a rule,
whoever is awake takes all that come at once, and keeps them. Those that are silent, or slow, do not count.
"""

from mmap import mmap
from typing import Final

TOLERANCE: Final = 32  # one part more is no imbalance: where many come at once, turns would take too long
NOBODY: Final = (1 << 63) - 1  # connections of a worker that does not run


class Balance:
    """How many connections of each worker ask for something, in memory that they share.

    Args:
        places: workers there may be.
    """

    def __init__(self, places: int) -> None:
        self._counts = memoryview(mmap(-1, 8 * places)).cast("q")
        for place in range(places):
            self.leave(place)

    def set(self, place: int, connections: int) -> None:
        """Say how many connections of the worker at a place ask for something."""
        self._counts[place] = connections

    def leave(self, place: int) -> None:
        """Say that no worker runs at a place."""
        self._counts[place] = NOBODY

    def is_turn_of(self, place: int) -> bool:
        """Whether no other worker has notably fewer."""
        least = min(self._counts)
        return self._counts[place] <= least + least // TOLERANCE
