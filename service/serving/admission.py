"""Admission: what has no room, or cannot be answered in time, is refused before any work is done for it.

It is the only way to the application. An object stands for each request in flight, and is released in one
`finally`, whatever becomes of the request: an idle service holds nothing of anybody.
"""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import gevent

from model.settings import Settings
from service.errors import BUG, Overloaded
from service.event_loop import connections
from service.event_loop.loop_turn import Turn
from service.http.cors import CrossOrigin
from service.observability import access_log, metrics
from service.observability.access_log import Entry
from service.serving.body_receiver import DIGITS, MANY_BYTES, Receiver, declared
from service.serving.duration_estimates import Workload, kind_of
from service.serving.in_flight import IN_FLIGHT, InFlight, Load
from service.serving.thread_pool import Lane

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

SILENT_SECONDS = 20.0  # of a client, in the midst of its request or of its answer
KEPT_SECONDS = 90.0  # of a connection between requests, for what gunicorn itself sends then
READ_BYTES = 1 << 18  # of a body that is refused, and read so that its connection may be kept
MOST_REFUSED = 16  # in a turn of the loop, before others are heard

Answer: TypeAlias = tuple[str, list[tuple[str, str]], list[bytes]]  # status, headers, body
Form: TypeAlias = Callable[[str, int, str], bytes]  # path, status and sentence -> JSON


class Admission:
    """A WSGI application in front of another.

    Args:
        application: that answers what is admitted.
        form: of an error on a path.
        headers: of every answer.
        load: what all requests in flight hold.
        settings: bounds of time and of bytes, and the origins that may call.
        turn: of the loop, and
        lane: for what would hold it up; None where requests have threads anyway.

    Attributes:
        limits: of time, of requests.
    """

    def __init__(
        self,
        application: "WSGIApplication",
        form: Form,
        headers: Mapping[str, str],
        load: Load,
        settings: Settings,
        turn: Turn | None = None,
        lane: Lane | None = None,
    ) -> None:
        self._application, self._form, self._headers = application, form, [*headers.items()]
        self._load, self._turn, self._lane = load, turn, lane
        self._cross_origin = CrossOrigin(settings.cors_origins)
        self._seconds = settings.request_timeout_ms / 1000
        self._receiver = Receiver(load, settings.body_seconds, settings.max_body_bytes, turn)
        self.limits = self._receiver.limits
        self._workload = Workload()
        self._refused, self._refused_in = 0, 0  # requests, in which turn

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        """Answer a request, and release it when its answer was sent or its client has left."""
        environ[access_log.ENTRY] = entry = Entry(environ.get("HTTP_X_REQUEST_ID", ""))
        sock = environ.get("gunicorn.socket")
        environ[IN_FLIGHT] = request = InFlight(environ.get("REMOTE_ADDR", ""), self._seconds, sock)
        self._load.enter()
        try:
            self._take_turns()
            if sock is not None:
                sock.settimeout(SILENT_SECONDS)
            status, headers, parts = self._logged_answer(environ, request, entry)
            if request.closes:
                connections.close_after(start_response)
            shared = self._cross_origin.headers(environ)
            start_response(status, [*headers, *self._headers, *shared, ("X-Request-ID", entry.id)])
            connections.cork(sock, 1)
            yield from connections.pieces(parts)
            connections.cork(sock, 0)
            if request.closes and sock is not None:
                connections.linger(sock)
        finally:
            self._load.leave(request)
            if sock is not None:
                sock.settimeout(KEPT_SECONDS)

    def _take_turns(self) -> None:
        """Let others be heard between requests that come on a connection without a pause."""
        if self._turn is None:
            return
        connection = gevent.getcurrent()
        if getattr(connection, "numeral_turn", None) == self._turn.number:
            self._turn.yield_to_others()
        connection.numeral_turn = self._turn.number

    def _logged_answer(self, environ: "WSGIEnvironment", request: InFlight, entry: Entry) -> Answer:
        code = BUG  # of one beyond Flask, which is the server's to answer
        try:
            answer = self._answer(environ, request)
            code = int(answer[0][:3])
            return answer
        finally:
            access_log.write(entry, environ, code)

    def _answer(self, environ: "WSGIEnvironment", request: InFlight) -> Answer:
        try:
            size, turn = declared(environ), self._turn
            began = turn.number if turn else 0
            if size is not None and size <= self._receiver.most_bytes:
                self._admit(environ, request, size)
            self._receiver.receive(environ, request, size)
            if size is None or (turn and turn.number != began):  # others have begun meanwhile
                self._admit(environ, request, request.bytes)
            answer = self._work(environ, request)
            self._hold_answer(request, sum(map(len, answer[2])))
        except Overloaded as refusal:
            return self._refuse(environ, request, refusal)
        return answer

    def _admit(self, environ: "WSGIEnvironment", request: InFlight, size: int) -> None:
        """Find out what a request is, and whether there is room and time for it.

        Raises:
            Overloaded: there is not.
        """
        kind = request.kind = kind_of(environ, size)
        request.is_long = self._lane is not None and self._workload.is_long(kind)
        request.estimate = self._workload.estimate(kind)
        if kind.is_read and not (request.is_long and kind.is_always_long):
            return
        asked, own = environ.get("HTTP_X_REQUEST_TIMEOUT_MS", ""), 0.0
        if asked.isascii() and asked.isdigit() and len(asked) <= DIGITS:
            request.seconds = min(int(asked) / 1000, self._seconds)
            own = self._workload.fresh_estimate(kind)
        wait = self._wait(request)
        if wait + own > request.seconds:
            given, needed = f"{request.seconds * 1000:.0f} ms", f"{(wait + own) * 1000:.0f} ms"
            message = f"overloaded: expected an answer within {given}, it would take {needed}"
            raise Overloaded("deadline", message, wait)
        self._load.check(size - request.bytes)

    def _wait(self, request: InFlight) -> float:
        """Seconds until a request may begin."""
        if self._turn is None or self._lane is None:
            return 0.0
        if request.is_long:
            return self._lane.expected_wait(request.client)
        return self._turn.age() + self._load.wait

    def _work(self, environ: "WSGIEnvironment", request: InFlight) -> Answer:
        """Have the application answer, and learn what that takes."""
        turn, start = self._turn, perf_counter()
        environ[access_log.ENTRY].began = start
        if turn:
            turn.waited = 0.0
        if not request.is_long:
            self._load.begin_work(request)
        try:
            answer = _call(self._application, environ)
        finally:
            self._load.end_work(request)
        if request.kind is not None:
            took = perf_counter() - start - (turn.waited if turn else 0.0)
            seconds = request.taken if request.is_long else took
            self._workload.learn(request.kind, seconds, is_good=answer[0][0] == "2")
        return answer

    def _hold_answer(self, request: InFlight, size: int) -> None:
        """Have a request hold its answer instead of its body.

        Raises:
            Overloaded: there is no room for it.
        """
        is_read = request.kind is not None and request.kind.is_read
        self._load.hold(request, size, most=MANY_BYTES if is_read else None)  # what only reads has none

    def _refuse(self, environ: "WSGIEnvironment", request: InFlight, refusal: Overloaded) -> Answer:
        metrics.refusals(refusal.reason).inc()
        size = declared(environ)
        if size is None or (size > READ_BYTES and not request.is_received):
            request.closes = True
        elif not request.is_received:
            self._receiver.discard(environ, request, size)
        environ["wsgi.input"] = BytesIO()
        self._load.hold(request, 0)  # others need the room, while this client reads why it was refused
        self._let_others_be_heard()
        content = self._form(environ["PATH_INFO"], refusal.status, str(refusal))
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(content))),
            ("Retry-After", str(refusal.retry_after)),
        ]
        return f"{refusal.status} {HTTPStatus(refusal.status).phrase}", headers, [content]

    def _let_others_be_heard(self) -> None:
        """Wait after many refusals: clients that come again at once would be the only ones heard."""
        if self._turn is None:
            return
        if self._refused_in != self._turn.number:
            self._refused_in, self._refused = self._turn.number, 0
        self._refused += 1
        if self._refused > MOST_REFUSED:
            self._turn.yield_to_others()


def _call(application: "WSGIApplication", environ: "WSGIEnvironment") -> Answer:
    """Have an application answer whole, and end what it began."""
    started: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], object]:
        started[:] = status, headers
        return _refuse_to_write

    parts = application(environ, start)
    try:
        content = list(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    environ["wsgi.input"] = BytesIO()  # the body is no longer needed
    return started[0], started[1], content


def _refuse_to_write(_: bytes) -> NoReturn:
    raise NotImplementedError("expected an answer that is returned, not written")
