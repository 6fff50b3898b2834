"""The long lane: threads for requests that would hold up the loop, in turn between clients.

A client has all threads but one at most, so that whatever it asks for, others are not shut out.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from time import perf_counter
from typing import TypeVar

import gevent
from gevent.event import Event

from service.errors import DISCONNECTED, Overloaded, RequestError
from service.event_loop.connections import has_left
from service.event_loop.long_work import in_loop
from service.serving.in_flight import InFlight

T = TypeVar("T")


class Task:
    """Work for a request, which waits for a thread or has one."""

    def __init__(self, request: InFlight) -> None:
        self.client, self.estimate, self._connection = request.client, request.estimate, request.connection
        self.began: float | None = None
        self.is_dropped = False
        self.may_begin = Event()

    def is_for_nobody(self) -> bool:
        """Whether its client has left."""
        return self._connection is not None and has_left(self._connection)

    def age(self, now: float) -> float:
        """Seconds since it began; none where it has not."""
        return now - self.began if self.began is not None else 0.0

    def remaining(self, now: float) -> float:
        """Seconds until it may have ended: as many again as it took, where it was expected to take less."""
        return max(self.estimate - self.age(now), self.age(now))


class Lane:
    """Some threads, and the tasks that wait for them.

    Args:
        threads: how many.
    """

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, "lane")
        self._ended: deque[Event] = deque()
        self._wake = gevent.get_hub().loop.async_()
        self._wake.start(self._go_on)
        self._most, self._share = threads, max(threads - 1, 1)
        self._running: list[Task] = []
        self._waiting: OrderedDict[str, deque[Task]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._running) + sum(map(len, self._waiting.values()))

    @property
    def waiting(self) -> int:
        """Tasks without a thread."""
        return sum(map(len, self._waiting.values()))

    def expected_wait(self, client: str) -> float:
        """Seconds until a task of a client may begin."""
        if self._has_room(client):
            return 0.0
        now = perf_counter()
        tasks = [*self._running, *(task for tasks in self._waiting.values() for task in tasks)]
        everyone = sum(task.remaining(now) for task in tasks)
        own = sum(task.remaining(now) for task in tasks if task.client == client)
        return max(everyone / self._most, own / self._share)

    def run(self, request: InFlight, function: Callable[[], T]) -> T:
        """Run a function for a request in a thread, in the caller's context.

        Raises:
            Overloaded: no thread was free in time.
            RequestError: 499, the client has left before one was.
        """
        task, context = Task(request), copy_context()
        context.run(in_loop.set, False)
        self._enter(task)
        try:
            if not task.may_begin.wait(request.seconds):
                message = f"overloaded: expected to begin within {request.seconds * 1000:.0f} ms, others work"
                raise Overloaded("deadline", message, self.expected_wait(request.client))
            if task.is_dropped:
                message = "connection: expected it to stay open, it was closed before the work began"
                raise RequestError(DISCONNECTED, message)
            return self._in_thread(partial(context.run, function))
        finally:
            request.taken = task.age(perf_counter())
            self._leave(task)

    def drop_disconnected(self) -> None:
        """Do nothing for clients that have left while they waited."""
        waiting = [task for tasks in self._waiting.values() for task in tasks]
        for task in filter(Task.is_for_nobody, waiting):
            self._remove(task)
            task.is_dropped = True
            task.may_begin.set()

    def _in_thread(self, function: Callable[[], T]) -> T:
        ended = Event()
        future = self._pool.submit(function)
        future.add_done_callback(lambda _: self._tell_loop(ended))
        ended.wait()
        return future.result()

    def _tell_loop(self, ended: Event) -> None:
        """Wake the loop; this runs in a thread, and what it calls may be called there."""
        self._ended.append(ended)
        self._wake.send()

    def _go_on(self) -> None:
        while self._ended:
            self._ended.popleft().set()

    def _has_room(self, client: str) -> bool:
        own = sum(task.client == client for task in self._running)
        return len(self._running) < self._most and own < self._share

    def _enter(self, task: Task) -> None:
        if self._has_room(task.client):
            self._begin(task)
        else:
            self._waiting.setdefault(task.client, deque()).append(task)

    def _leave(self, task: Task) -> None:
        if task.began is not None:
            self._running.remove(task)
            self._begin_next()
        elif not task.is_dropped:
            self._remove(task)

    def _remove(self, task: Task) -> None:
        """Take a task out of those that wait."""
        tasks = self._waiting[task.client]
        tasks.remove(task)
        if not tasks:
            del self._waiting[task.client]

    def _begin_next(self) -> None:
        for client, tasks in list(self._waiting.items()):
            if not self._has_room(client):
                continue
            self._begin(tasks.popleft())
            self._waiting.move_to_end(client)  # others first, the next time
            if not tasks:
                del self._waiting[client]

    def _begin(self, task: Task) -> None:
        task.began = perf_counter()
        self._running.append(task)
        task.may_begin.set()
