"""Admission: what has no room or no time is refused early, and nothing is held for anybody who has gone."""

import json
from io import BytesIO
from time import perf_counter

import gevent
import pytest
from gunicorn.http.errors import InvalidChunkSize, NoMoreData
from werkzeug.test import EnvironBuilder

from model.settings import Settings
from service.errors import RequestError
from service.event_loop import connections
from service.event_loop.loop_turn import Turn
from service.serving import admission as room
from service.serving import body_receiver
from service.serving.admission import Admission
from service.serving.duration_estimates import kind_of
from service.serving.in_flight import IN_FLIGHT, InFlight, Load
from service.serving.thread_pool import Lane

BODY_LIMIT = 200_000


class Application:
    """It reads the body and answers with its length; as often as it is asked to, it answers with more."""

    def __init__(self):
        self.asked, self.answer = [], None

    def __call__(self, environ, start_response):
        self.asked.append(environ["PATH_INFO"])
        try:
            content = str(len(environ["wsgi.input"].read())).encode()
            status = "200 OK"
        except RequestError as error:
            content, status = str(error).encode(), f"{error.status} x"
        content = self.answer(environ) if self.answer else content
        start_response(status, [("Content-Length", str(len(content)))])
        return [content]


@pytest.fixture
def application():
    return Application()


@pytest.fixture
def load():
    return Load(100_000)


@pytest.fixture
def admission(application, load):
    return Admission(
        application,
        lambda _, status, message: json.dumps({"error": message, "status": status}).encode(),
        {"X-Header": "of every answer"},
        load,
        Settings(request_timeout_ms=5000, body_seconds=60, max_body_bytes=BODY_LIMIT),
    )


class Answer:
    """Of one request; `parts` are taken only when a test does."""

    def __init__(self, application, method="POST", path="/predict", data=b"", headers=(), **environ):
        builder = EnvironBuilder(method=method, path=path, data=data, headers=dict(headers))
        self.environ = builder.get_environ() | environ
        self.parts = application(self.environ, self.start)

    def start(self, status, headers, _=None):
        self.status, self.headers = int(status[:3]), dict(headers)

    @property
    def content(self) -> bytes:
        return b"".join(self.parts)


def idle(load) -> bool:
    return (load.requests, load.bytes, load.work) == (0, 0, 0.0)


def test_a_request_is_answered_and_leaves_nothing(admission, load):
    answer = Answer(admission, data=b"x" * 1234)
    assert (answer.content, answer.status, answer.headers["X-Header"]) == (b"1234", 200, "of every answer")
    assert idle(load)


def test_its_body_is_held_while_it_is_worked_for_and_its_answer_until_it_is_sent(
    admission, application, load
):
    held = []
    application.answer = lambda _: held.append(load.bytes) or b"y" * 77
    answer = Answer(admission, data=b"x" * 1234)
    assert next(answer.parts) == b"y" * 77
    assert (held, load.bytes, load.requests) == ([1234], 77, 1)
    answer.parts.close()  # as a server does, whose client has left
    assert idle(load)


def test_a_bug_of_the_application_leaves_nothing(admission, application, load):
    application.answer = lambda _: 1 / 0
    with pytest.raises(ZeroDivisionError):
        assert Answer(admission).content
    assert idle(load)


def test_what_is_never_taken_leaves_nothing(admission, load, application):
    answer = Answer(admission, data=b"x" * 1234)
    answer.parts.close()
    assert (idle(load), application.asked) == (True, [])


def test_a_large_answer_is_sent_in_pieces(admission, application, load, monkeypatch):
    monkeypatch.setattr(connections, "PIECE_BYTES", 10)
    application.answer = lambda _: bytes(range(25))
    assert [len(part) for part in Answer(admission).parts] == [10, 10, 5]
    assert idle(load)


class TestRoom:
    def test_a_body_for_which_there_is_none_is_refused_before_it_is_read(self, admission, load, application):
        stream = BytesIO(b"x" * 150_000)
        answer = Answer(admission, **{"CONTENT_LENGTH": "150000", "wsgi.input": stream})
        expected = "overloaded: expected at most 100000 bytes of requests at once"
        assert (json.loads(answer.content)["error"], answer.status) == (expected, 429)
        assert int(answer.headers["Retry-After"]) >= 1
        assert (application.asked, idle(load)) == ([], True)

    def test_a_refusal_has_what_every_answer_has(self, admission):
        answer = Answer(admission, data=b"x" * 150_000, headers={"X-Request-ID": "r-1"})
        assert answer.content
        assert (answer.headers["X-Request-ID"], answer.headers["X-Header"]) == ("r-1", "of every answer")

    def test_an_eighth_is_for_small_ones(self, admission, load):
        others = InFlight("another", 5.0)
        load.enter()
        load.hold(others, 87_000)
        large, small = (Answer(admission, data=b"x" * size) for size in (70_000, 10_000))
        assert [large.content and large.status, small.content and small.status] == [429, 200]
        load.leave(others)
        assert idle(load)

    def test_a_refused_body_of_some_size_is_read_and_its_connection_kept(self, admission):
        stream = BytesIO(b"x" * 150_000 + b"next")
        answer = Answer(admission, **{"CONTENT_LENGTH": "150000", "wsgi.input": stream})
        assert (answer.content and answer.status, stream.read()) == (429, b"next")
        assert not answer.environ[IN_FLIGHT].closes

    def test_a_large_one_ends_the_connection(self, admission, monkeypatch):
        monkeypatch.setattr(room, "READ_BYTES", 1000)
        stream = BytesIO(b"x" * 150_000)
        answer = Answer(admission, **{"CONTENT_LENGTH": "150000", "wsgi.input": stream})
        assert (answer.content and answer.status, stream.tell()) == (429, 0)
        assert answer.environ[IN_FLIGHT].closes

    def test_one_that_is_refused_in_the_middle_ends_the_connection(self, admission, load, monkeypatch):
        monkeypatch.setattr(body_receiver, "PIECE_BYTES", 20_000)
        monkeypatch.setattr(room, "READ_BYTES", 20_000)
        stream = FillingUp(load, b"x" * 80_000)
        answer = Answer(admission, **{"CONTENT_LENGTH": "80000", "wsgi.input": stream})
        assert (answer.content and answer.status, stream.tell()) == (429, 40_000)
        assert answer.environ[IN_FLIGHT].closes, "gunicorn would read the rest, without a pause for others"

    def test_a_refusal_holds_no_room_while_it_is_sent(self, admission, application, load):
        application.answer = lambda _: b"y" * 150_000
        answer = Answer(admission, data=b"x" * 50_000)
        assert next(answer.parts)
        assert (answer.status, load.bytes, answer.environ["wsgi.input"].read()) == (429, 0, b"")

    def test_an_answer_for_which_there_is_none_is_refused(self, admission, application, load):
        application.answer = lambda _: b"y" * 150_000
        answer = Answer(admission)
        assert (len(answer.content) < 1000, answer.status) == (True, 429)
        assert idle(load)

    def test_chunks_are_counted_while_they_come(self, admission, load, application):
        stream = BytesIO(b"x" * 150_000)
        environ = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "", "wsgi.input": stream}
        answer = Answer(admission, **environ)
        assert (answer.content and answer.status, application.asked) == (429, [])
        assert stream.tell() < 110_000
        assert (answer.environ[IN_FLIGHT].closes, idle(load)) == (True, True)

    def test_chunks_that_fit_are_a_body(self, admission):
        stream = BytesIO(b"x" * 70_000)
        environ = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "", "wsgi.input": stream}
        assert Answer(admission, **environ).content == b"70000"


class FillingUp(BytesIO):
    """A body beside whose first piece another request takes all the room there is."""

    def __init__(self, load, content):
        super().__init__(content)
        self.load, self.other = load, InFlight("another", 5.0)

    def read(self, size=-1):
        self.load.hold(self.other, 60_000)
        return super().read(size)


class TestTime:
    def test_nobody_is_answered_in_no_time(self, admission, application):
        answer = Answer(admission, headers={"X-Request-Timeout-Ms": "0"})
        message = json.loads(answer.content)["error"]
        assert message.startswith("overloaded: expected an answer within 0 ms, it would take ")
        assert (answer.status, application.asked) == (429, [])

    @pytest.mark.parametrize("asked", ["1000", "86400000", "9" * 18, "9" * 30, "-1", "1.5", "soon", "²", ""])
    def test_a_client_may_say_how_long_it_waits(self, admission, asked):
        answer = Answer(admission, headers={"X-Request-Timeout-Ms": asked.encode().decode("latin-1")})
        assert answer.content == b"0"

    @pytest.mark.parametrize(("asked", "seconds"), [("1000", 1.0), ("86400000", 5.0), ("soon", 5.0)])
    def test_but_no_longer_than_the_setting_has_it(self, admission, asked, seconds):
        answer = Answer(admission, headers={"X-Request-Timeout-Ms": asked})
        assert (answer.content, answer.environ[IN_FLIGHT].seconds) == (b"0", seconds)

    def test_health_is_answered_whatever_time_there_is(self, admission):
        answer = Answer(admission, "GET", "/healthz", headers={"X-Request-Timeout-Ms": "0"})
        assert (answer.content, answer.status) == (b"0", 200)

    def test_also_where_metrics_were_slow(self, application, load):
        admission = Admission(application, lambda *_: b"{}", {}, load, Settings(), None, Lane(2))
        metrics = kind_of(EnvironBuilder(path="/metrics").get_environ(), 0)
        admission._workload.learn(metrics, 9.0, is_good=True)
        answers = [
            Answer(admission, "GET", path, headers={"X-Request-Timeout-Ms": "1"})
            for path in ("/healthz", "/metrics", "/docs")
        ]
        assert [answer.content[:1] for answer in answers] == [b"0", b"0", b"{"]
        assert [answer.status for answer in answers] == [200, 200, 429]


class Failing(BytesIO):
    """A body that fails in the middle."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def read(self, _=-1):
        raise self.error


class TestBody:
    @pytest.mark.parametrize(
        ("error", "status", "sentence"),
        [
            (TimeoutError(), 408, b"body: expected all of it within 60 s"),
            (NoMoreData(), 400, b"body: expected all of it, got a part"),
            (ConnectionResetError(), 400, b"body: expected all of it, got a part"),
            (
                InvalidChunkSize(b"zz"),
                400,
                b"body: expected chunks as Transfer-Encoding says, got something else",
            ),
        ],
        ids=str,
    )
    def test_what_is_wrong_with_it_is_told_where_it_is_read(self, admission, load, error, status, sentence):
        answer = Answer(admission, **{"CONTENT_LENGTH": "10", "wsgi.input": Failing(error)})
        assert (answer.content, answer.status) == (sentence, status)
        assert (answer.environ[IN_FLIGHT].closes, idle(load)) == (True, True)

    def test_one_that_ends_early_is_a_part(self, admission):
        answer = Answer(admission, **{"CONTENT_LENGTH": "10", "wsgi.input": BytesIO(b"123")})
        assert (answer.content, answer.status) == (b"body: expected all of it, got a part", 400)

    def test_one_over_the_limit_is_not_read_and_ends_the_connection(self, admission):
        stream = BytesIO(b"x" * 10)
        answer = Answer(admission, **{"CONTENT_LENGTH": str(BODY_LIMIT + 1), "wsgi.input": stream})
        assert (answer.content, stream.tell()) == (b"0", 0), "the application refuses it by its length"
        assert answer.environ[IN_FLIGHT].closes

    def test_gunicorn_is_asked_to_end_a_connection(self):
        class Response:
            closes = False

            def force_close(self):
                self.closes = True

            def start(self, *_):
                pass

        response = Response()
        connections.close_after(response.start)
        assert response.closes
        connections.close_after(lambda *_: None)  # of another server


class TestWait:
    def test_work_that_took_longer_than_it_should_is_waited_for_longer(self, load):
        (first, second), started = (InFlight("a", 5.0) for _ in range(2)), perf_counter()
        first.estimate = second.estimate = 1e-9
        load.begin_work(first)
        load.end_work(first)  # some hundred times as long after
        load.begin_work(second)
        assert load.work < load.wait <= (perf_counter() - started) * 1.001
        load.end_work(second)
        assert (load.work, load.wait) == (0.0, 0.0)

    def test_work_that_took_less_is_waited_for_as_long_as_it_should_take(self, load):
        first, second = (InFlight("a", 5.0) for _ in range(2))
        first.estimate = second.estimate = 60.0
        for request in (first, second):
            load.begin_work(request)
        load.end_work(first)
        assert load.wait == load.work == 60.0

    def test_what_others_have_begun_while_a_body_came_is_waited_for(self, application, load):
        turn = Turn()
        settings = Settings(request_timeout_ms=5000, body_seconds=60, max_body_bytes=BODY_LIMIT)
        admission = Admission(application, lambda *_: b"{}", {}, load, settings, turn, Lane(1))
        other = InFlight("another", 5.0)
        other.estimate = 60.0
        load.enter()

        class Slow(BytesIO):
            def read(self, size=-1):
                if not load.work:
                    load.begin_work(other)
                    gevent.sleep(0.001)  # a turn of the loop
                return super().read(size)

        answer = Answer(admission, **{"CONTENT_LENGTH": "5", "wsgi.input": Slow(b"x" * 5)})
        assert (answer.content, answer.status, application.asked) == (b"{}", 429, [])
        load.leave(other)
        assert idle(load)
