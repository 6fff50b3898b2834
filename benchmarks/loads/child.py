"""Children: a load runs in a process of its own, so that no other load or measurement delays it."""

import subprocess
import sys
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Concatenate, Generic, ParamSpec, Self, TypeVar

ROOT = Path(__file__).parents[2]
Signalled = Callable[[float], bool]  # waits for a signal for so many seconds at most; true once it has come
P = ParamSpec("P")
T = TypeVar("T")


class Child(Generic[T]):
    """A process that runs one function, which has begun once this is made.

    Args:
        function: of a module; its first argument, a `Signalled`, tells when to end, or to begin.
        arguments: its other ones.
    """

    def __init__(self, function: Callable[Concatenate[Signalled, P], T], *arguments: P.args) -> None:
        self._name = function.__name__
        self._pipe, theirs = Pipe()
        with theirs:
            command = [sys.executable, "-m", "benchmarks.loads.child", str(theirs.fileno())]
            self._process = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()])
        self._pipe.send((function, arguments))
        self._receive()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.terminate()
        self._process.wait()

    def signal(self) -> None:
        """Tell the function to end, or to begin."""
        self._pipe.send(None)

    def stop(self) -> T:
        """Tell the function to end, and return its result."""
        self.signal()
        return self.result()

    def result(self) -> T:
        """Wait until the function returns, and return its result.

        Raises:
            SystemExit: it did not return.
        """
        result: T = self._receive()
        return result

    def _receive(self) -> T:
        try:
            return self._pipe.recv()
        except EOFError:
            self._process.wait()  # for what it says of itself
            raise SystemExit(f"{self._name}: expected a result, got none") from None


def run(function: Callable[Concatenate[Signalled, P], T], *arguments: P.args) -> T:
    """Run a function to its end in a process of its own, and return its result."""
    with Child(function, *arguments) as child:
        return child.result()


def _serve(descriptor: int) -> None:
    with Connection(descriptor) as pipe:
        function, arguments = pipe.recv()
        pipe.send(None)
        pipe.send(function(pipe.poll, *arguments))


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
