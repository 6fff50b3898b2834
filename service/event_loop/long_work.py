"""Long work: what is not to run in the event loop says so, and its request is moved to a thread."""

from contextvars import ContextVar

in_loop: ContextVar[bool] = ContextVar(
    "in_loop", default=False
)  # whether the caller holds up all other requests


class TakesLong(Exception):  # noqa: N818  a turn that things take, and no error
    """What the loop was about to do takes long: the request is to have a thread."""


def expect_thread() -> None:
    """State that what follows takes long.

    Raises:
        TakesLong: the caller is in the loop.
    """
    if in_loop.get():
        raise TakesLong
