"""The worker: a loop that receives and sends, so that nobody waits for slow clients, and answers."""

import gc
import os
import resource
import selectors
import sys
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from socket import socket
from typing import Any

from gunicorn.workers import base

from model.settings import Settings
from service.http.balance import Balance
from service.http.connection import LINGER_SECONDS, Connection, Request, State
from service.http.door import PAUSE_SECONDS, Door
from service.http.exchange import Answer, exchange, is_sound, refusal
from service.http.memory import keep_freed_blocks
from service.http.queue import Queue, Refusal
from service.http.signals import release_signals

SWITCH_SECONDS = 0.001  # after which a thread that computes lets others compute, too
LARGE_BYTES = 1 << 16  # of a request that there may be no room for
SUM_SECONDS = 0.05
LOOK_SECONDS = 1.0  # between looks at the clock
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Worker(base.Worker):  # type: ignore[misc]  # gunicorn has no types
    """A process that serves.

    What is quick is answered in the loop itself: a change of threads would cost more than it brings. What
    takes long has a thread, one at a time, or several where forward passes are shared.

    At SIGTERM, whoever waits in the system's queue is let in, whoever comes later is refused by the system
    and can turn elsewhere, and every request that is there or on its way is answered.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.settings, self.balance, self.place = Settings(), Balance(1), 0
        self._connections: set[Connection] = set()
        self._ahead: deque[Connection] = deque()  # of their answers: more of these has come already
        self._answers: deque[Future[tuple[Request, Answer, float]]] = deque()
        self._busy_since: float | None = None
        self._in_threads = 0
        self._asking = 0  # connections that came or asked lately
        self._next_look = self._next_sum = 0.0
        self._bytes_coming = 0

    def init_process(self) -> None:
        """Load the application and serve."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        sys.setswitchinterval(SWITCH_SECONDS)
        keep_freed_blocks()
        from service import telemetry  # noqa: PLC0415  it reads where to count on import, and the master must not

        self._telemetry = telemetry
        self._poller = selectors.DefaultSelector()
        super().init_process()

    def init_signals(self) -> None:
        """Listen to signals, and to those that have come since the fork."""
        super().init_signals()
        release_signals()

    def run(self) -> None:
        """Serve until SIGTERM, and then until every connection has ended."""
        self._queue = Queue(self.settings.request_timeout_ms / 1000, self.settings.queue_bytes)
        self._shares, self._refused = self.wsgi.extensions["shares"], self.wsgi.extensions["refused"]
        self._pool = ThreadPoolExecutor(self.cfg.threads, "answer")
        self._poller.register(self.PIPE[0], READ, self._wake)
        self.balance.set(self.place, 0)
        gc.freeze()  # what is loaded stays, and need not be looked through again and again
        self._door = Door(
            self.sockets,
            self._poller,
            has_room=lambda: len(self._connections) < self.cfg.worker_connections,
            is_turn=lambda: self.balance.is_turn_of(self.place),
            enter=self._enter,
        )
        self._door.open()
        while self.alive:
            self._turn()
        self._close_door()
        while self._connections:
            self._turn()

    def _turn(self) -> None:
        """Receive and send what can be; answer one request."""
        patience = LOOK_SECONDS if self._door.opens is None else PAUSE_SECONDS
        for key, events in self._poller.select(0 if self._queue or self._ahead else patience):
            key.data(events)
        for _ in range(len(self._ahead)):
            self._take(self._ahead.popleft())
        self._answer_next()
        now = time.monotonic()
        if self._door.opens is not None and now >= self._door.opens:
            self._door.open()
        if now >= self._next_look:
            self._look(now)

    def _look(self, now: float) -> None:
        self._next_look = now + LOOK_SECONDS
        self.notify()
        self._telemetry.QUEUE_DEPTH.set(len(self._queue))
        if os.getppid() != self.ppid:
            self.log.info("the master has gone")
            self.alive = False
        for connection in [each for each in self._connections if each.until <= now]:
            self._drop(connection)
        self._asking = sum(now - each.asked <= LOOK_SECONDS for each in self._connections)
        self._say_how_many()

    # connections

    def _enter(self, sock: socket, client: Any, server: Any) -> None:
        connection = Connection(sock, client, server, self.settings.max_body_bytes)
        self._connections.add(connection)
        self._asking += 1
        self._say_how_many()
        self._hear(connection)  # it may have come with its request

    def _close_door(self) -> None:
        self._door.close()
        self.balance.leave(self.place)
        end = time.monotonic() + LINGER_SECONDS
        for connection in self._connections:
            if connection.state is State.REQUEST and not connection.pending:  # nothing came yet
                connection.until = min(connection.until, end)

    def _go_on(self, connection: Connection, events: int) -> None:
        if events & WRITE:
            self._send(connection)
        if events & READ:
            self._hear(connection)

    def _hear(self, connection: Connection) -> None:
        connection.receive()
        if connection.gone:
            if connection.state is State.ANSWER:
                self._telemetry.REFUSALS.labels("gone").inc()
            self._drop(connection)
            return
        if connection.state is State.REQUEST:
            self._take(connection)
        self._watch(connection)

    def _take(self, connection: Connection) -> None:
        request = connection.take() if connection.state is State.REQUEST else None
        if request is not None:
            self._admit(request)
            return
        head = connection.head
        if head is None:
            return
        if connection.pending > LARGE_BYTES or (head.length or 0) > LARGE_BYTES:
            coming = max((head.length or 0) - connection.pending, 0)
            there = self._queue.bytes + max(self._on_their_way(), connection.pending)
            if refused := self._queue.has_no_room(there, coming):
                self._refuse(connection, connection.first_bytes, refused, goes_on=False)
                return
        connection.go_on()

    def _on_their_way(self) -> int:
        """Bytes of requests that are not whole, as they were a moment ago: to sum them up takes its time."""
        now = time.monotonic()
        if now >= self._next_sum:
            self._next_sum = now + SUM_SECONDS
            self._bytes_coming = sum(each.pending for each in self._connections)
        return self._bytes_coming

    def _admit(self, request: Request) -> None:
        refused = self._queue.refusal(request, self._at_once())
        if refused:
            goes_on = self.alive and not request.is_last and is_sound(request, self.cfg)
            self._refuse(request.connection, request.content, refused, goes_on=goes_on)
        else:
            self._queue.put(request)

    def _refuse(self, connection: Connection, head: bytes, why: Refusal, *, goes_on: bool) -> None:
        self._telemetry.REFUSALS.labels(why.reason).inc()
        content = self._refused(head, why.message)
        self._answer(connection, refusal(429, content, why.retry_after, goes_on=goes_on))

    def _answer(self, connection: Connection, answer: Answer) -> None:
        if connection.gone:
            self._drop(connection)
            return
        connection.answer(answer.content, goes_on=answer.goes_on)
        self._after_sending(connection)

    def _send(self, connection: Connection) -> None:
        connection.send()
        self._after_sending(connection)

    def _after_sending(self, connection: Connection) -> None:
        if connection.gone:
            self._drop(connection)
            return
        self._watch(connection)
        if connection.state is not State.REQUEST:
            return
        if connection.pending:
            self._ahead.append(connection)
        elif not self.alive:
            connection.until = min(connection.until, time.monotonic() + LINGER_SECONDS)

    def _watch(self, connection: Connection) -> None:
        """Have the loop wake up for what can go on with a connection, and for nothing else."""
        if connection.gone:
            return
        events = (0 if connection.has_too_much else READ) | (WRITE if connection.state is State.CLIENT else 0)
        if events == connection.watched:
            return
        if connection.watched:
            self._poller.unregister(connection.sock)
        if events:
            self._poller.register(connection.sock, events, partial(self._go_on, connection))
        connection.watched = events

    def _drop(self, connection: Connection) -> None:
        if connection not in self._connections:
            return
        connection.gone = True
        self._connections.remove(connection)
        if connection.watched:
            self._poller.unregister(connection.sock)
        connection.sock.close()
        if connection.request:
            self._queue.forget(connection.request)
        self._asking = min(self._asking, len(self._connections))
        self._say_how_many()

    def _say_how_many(self) -> None:
        if self.alive:
            self.balance.set(self.place, self._asking)

    # answers

    def _at_once(self) -> int:
        return int(self.cfg.threads) if self._shares() else 1

    def _is_alone(self) -> bool:
        """Whether a request has nobody to share a pass with."""
        return not self._in_threads and len(self._queue) == 1

    def _answer_next(self) -> None:
        shares, at_once = self._shares() and not self._is_alone(), self._at_once()
        while self._in_threads < at_once:
            request = self._queue.any() if shares else self._queue.long()
            if request is None:
                break
            self._in_threads += 1
            self._pool.submit(self._in_thread, request).add_done_callback(self._tell)
        request = self._queue.look() if shares else self._queue.quick()
        if request is not None:
            start = self._busy_since or time.monotonic()
            answer = self._exchange(request)
            self._done(request, answer, time.monotonic() - start)
        # to receive and to refuse others takes its time, too, and those who wait wait for it
        self._busy_since = time.monotonic() if request is not None and self._queue else None

    def _exchange(self, request: Request) -> Answer:
        waited = time.monotonic() - request.arrived
        self._telemetry.QUEUE_WAIT.observe(waited)
        return exchange(self.wsgi, request, self.cfg, waited, last=not self.alive)

    def _in_thread(self, request: Request) -> tuple[Request, Answer, float]:
        start = time.monotonic()
        answer = self._exchange(request)
        return request, answer, time.monotonic() - start

    def _tell(self, future: "Future[tuple[Request, Answer, float]]") -> None:
        self._answers.append(future)
        with suppress(BlockingIOError):  # there is enough in it to wake the loop
            os.write(self.PIPE[1], b"1")

    def _wake(self, _: int) -> None:
        with suppress(BlockingIOError):
            os.read(self.PIPE[0], 1 << 12)
        while self._answers:
            request, answer, seconds = self._answers.popleft().result()
            self._in_threads -= 1
            self._done(request, answer, seconds)

    def _done(self, request: Request, answer: Answer, seconds: float) -> None:
        self._queue.done(request, seconds if answer.is_good else None)
        self._answer(request.connection, answer)
