"""Wait for a data set whose mirrors are away: a process that ended would only be started again."""

import time
from collections.abc import Callable

from model.settings import Settings
from pipeline.data import sources
from pipeline.data.download.fetch_with_retries import DownloadError

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 600.0


def bring(dataset: str, settings: Settings, announce: Callable[[str], None]) -> None:
    """Bring the data set's files into the cache; after a round without them, pause twice as long as before.

    Args:
        dataset: what `--dataset` takes.
        settings: name its mirrors and the cache.
        announce: is given a sentence before each pause.

    Raises:
        NumeralError: the files cannot be had, whatever mirrors do.
        OSError: the disk is full or cannot be written.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            sources.bring(dataset, settings)
        except DownloadError as error:
            announce(f"waits for the data, and tries again in {pause:g} s: {error}")
        else:
            return
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
