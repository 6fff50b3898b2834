"""Signals that come while a worker is made: until it has handlers of its own, it has the master's."""

from signal import SIG_BLOCK, SIG_UNBLOCK, SIGINT, SIGQUIT, SIGTERM, pthread_sigmask

ENDING = {SIGINT, SIGQUIT, SIGTERM}


def hold_signals() -> None:
    """Let signals that end a process wait, in this one and those that it forks."""
    pthread_sigmask(SIG_BLOCK, ENDING)


def release_signals() -> None:
    """Let them come, also those that wait."""
    pthread_sigmask(SIG_UNBLOCK, ENDING)
