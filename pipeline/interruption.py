"""Interruption: SIGINT, SIGTERM and SIGHUP end a training in one line and within seconds."""

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE_SECONDS = 1.5
SENTENCE = "python -m pipeline: stopped; `run` with --resume goes on from the last epoch"


class Interrupted(KeyboardInterrupt):
    """A signal asks to end.

    Attributes:
        code: that the process exits with, as a shell tells it.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = _code(number)


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise Interrupted inside at the first signal, and say one line of it.

    Whatever does not end in time after that is cut off: Prefect tells its server of the end, which may not
    answer. Prefect has a handler of its own for SIGTERM; the thread hears of the signal all the same.
    """
    unsaid = threading.Lock()

    def say() -> None:
        if unsaid.acquire(blocking=False):
            with suppress(OSError):  # the terminal may be gone
                sys.stderr.write(SENTENCE + "\n")
                sys.stderr.flush()

    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    threading.Thread(target=_cut_off, args=(reader, say), daemon=True).start()
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        before = dict.fromkeys(SIGNALS, signal.SIG_IGN)  # it ends already
        say()
        raise
    finally:
        signal.set_wakeup_fd(-1)
        os.close(writer)
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, _: FrameType | None) -> NoReturn:
    logging.disable()  # that the run has crashed is no news
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Interrupted(number)


def _cut_off(reader: int, say: Callable[[], None]) -> None:
    """End the process a little after it was asked to end, if it has not."""
    while heard := os.read(reader, 1):
        if heard[0] in SIGNALS:
            logging.disable()
            time.sleep(GRACE_SECONDS)
            say()
            os._exit(_code(heard[0]))


def _code(number: int) -> int:
    return 128 + number


def end_with_runner() -> None:
    """End this process when the one ends that runs flows on a schedule and started it, however that ends."""
    if runner := multiprocessing.parent_process():
        threading.Thread(target=_end_after, args=(runner,), daemon=True).start()


def _end_after(process: BaseProcess) -> None:
    process.join()
    os.kill(os.getpid(), signal.SIGKILL)
