"""Signals around a fork: until a worker has handlers of its own it has the master's, which do not end it."""

from signal import SIG_BLOCK, SIG_UNBLOCK, SIGINT, SIGQUIT, SIGTERM, pthread_sigmask

ENDING = {SIGINT, SIGQUIT, SIGTERM}


def hold_signals() -> None:
    """Block signals that end a process, in this one and those that it forks."""
    pthread_sigmask(SIG_BLOCK, ENDING)


def release_signals() -> None:
    """Unblock them; those that are pending are delivered."""
    pthread_sigmask(SIG_UNBLOCK, ENDING)
