"""What gunicorn documents holds for the service: TLS, signals, limits, proxies. No request is lost."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
from server import ROOT, Server, children, free_port, wait_for

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
LAST_GET = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
POST = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
SERVING = '"serving mnist version 1"'  # in the log, once by each worker
END_SECONDS = 15  # half of drain_seconds: who waits for a client that says nothing takes longer


class Gunicorn(Server):
    """gunicorn as its operators start it, with flags; `files` limits the files of each process."""

    def __init__(
        self, folder: Path, flags: tuple, *, files: int = 0, port: int = 0, **settings: object
    ) -> None:
        self.port, self.log, self.pid_file = port or free_port(), folder / "service.log", folder / "pid"
        self.url = f"{'https' if '--certfile' in flags else 'http'}://127.0.0.1:{self.port}"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("NUMERAL_")}
        values = {"port": self.port, "registry": folder / "registry", **settings}
        clean["TMPDIR"] = str(folder)  # some are killed, and leave things there
        environment = clean | {f"NUMERAL_{name.upper()}": str(value) for name, value in values.items()}
        program, configuration = Path(sys.executable).with_name("gunicorn"), ROOT / "service/gunicorn.conf.py"
        limit = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh"] if files else []
        command = [*limit, program, "--config", configuration, "--pid", self.pid_file, *flags]
        with self.log.open("w") as file:
            self.process = subprocess.Popen(
                [*command, "service.app:from_environment()"], cwd=ROOT, env=environment, stderr=file
            )

    @property
    def pid(self) -> int:
        """The master's; the process that was started has ended where it is a daemon."""
        return read_pid(self.pid_file)

    def answers(self, path: str = "/healthz") -> bool:
        assert self.process.poll() in {None, 0}, self.log.read_text()
        with suppress(requests.ConnectionError):
            return requests.get(self.url + path, timeout=60).ok
        return False

    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def tracebacks(self) -> list[dict]:
        return [line for line in self.lines() if "traceback" in line]

    def end(self) -> None:
        """End every master that there is, and its workers."""
        for pid in map(read_pid, self.pid_file.parent.glob("pid*")):
            if pid:
                end(pid)
        if self.process.poll() is None:
            end(self.process.pid)
            self.process.wait(timeout=60)


def read_pid(file: Path) -> int:
    """The process that a file names; 0 where there is none yet, or no more."""
    with suppress(FileNotFoundError):
        return int(file.read_text() or 0)
    return 0


def has_ended(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def end(master: int) -> None:
    """End a master and its workers at once: what they do at their end is what some tests are about."""
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(master, signal.SIGSTOP)  # it starts no others
        for pid in (*children(master), master):
            os.kill(pid, signal.SIGKILL)


def connections(pid: int, port: int) -> int:
    """The connections to a port that a process has accepted."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01"}
    count = 0
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            count += str(file.readlink()) in sockets
    return count


def refuses(server: Server) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=60).close()
    except ConnectionRefusedError:
        return True
    return False


def assert_none_is_lost(clients, server: Gunicorn) -> None:
    """Each request was answered, and has its line in the log once the server has ended."""
    assert clients.errors == []
    assert {answer.status_code for answer in clients.answers} == {200}
    logged = {line.get("request_id") for line in server.lines()}
    assert {answer.headers["X-Request-ID"] for answer in clients.answers} <= logged


def answer_more(clients, requests: int = 50) -> None:
    """Wait for further answers."""
    before = len(clients.answers)
    wait_for(lambda: len(clients.answers) > before + requests or clients.errors)


@pytest.fixture
def start(tmp_path, publish) -> Iterator[Callable[..., Gunicorn]]:
    """Start a gunicorn with flags, that ends with the test, with all that it has become."""
    servers: list[Gunicorn] = []
    publish(favourite=7)

    def start(*flags: str, path: str = "/readyz", workers: int = 2, **settings: object) -> Gunicorn:
        server = Gunicorn(tmp_path, flags, workers=workers, **settings)
        servers.append(server)
        wait_for(lambda: server.log.read_text().count(SERVING) == workers and server.answers(path))
        return server

    yield start
    for server in servers:
        server.end()


@pytest.fixture(scope="module")
def tls_files(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem"
    )
    extension = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command.split(), *extension], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def tls(tls_files, monkeypatch) -> tuple[str, ...]:
    """The flags that have a server speak TLS; `requests` trusts its certificate meanwhile."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls_files / "cert.pem"))
    return "--certfile", str(tls_files / "cert.pem"), "--keyfile", str(tls_files / "key.pem")


@pytest.fixture
def secure(tls_files) -> Iterator[Callable[[socket.socket], ssl.SSLSocket]]:
    """Speak TLS on a connection, once `do_handshake` is called; it is closed with the test."""
    context = ssl.create_default_context(cafile=tls_files / "cert.pem")
    with ExitStack() as stack:
        yield lambda plain: stack.enter_context(
            context.wrap_socket(plain, server_hostname="127.0.0.1", do_handshake_on_connect=False)
        )


class TestTLS:
    def test_https_is_answered(self, start, tls, body):
        server = start(*tls, workers=1)
        headers = {"Content-Type": "application/json"}
        answer = requests.post(server.url + "/predict", body(), headers=headers, timeout=60)
        assert (answer.url[:8], answer.json()["predictions"]) == ("https://", [7])

    @pytest.mark.slow
    def test_https_is_answered_under_load_while_workers_are_replaced(self, start, tls, load):
        server = start(*tls)
        master = server.pid  # its file is not there for a moment while it reloads
        before = set(children(master))
        with load(server) as clients:
            answer_more(clients)
            os.kill(master, signal.SIGHUP)
            wait_for(lambda: before.isdisjoint(children(master)) or clients.errors)
            answer_more(clients)
        server.stop()
        assert_none_is_lost(clients, server)

    def test_who_speaks_no_TLS_or_says_nothing_or_leaves_harms_nobody(self, start, tls, connect, receive):
        server = start(*tls, workers=1)
        connect(server, GET[:9]).close()
        connect(server).close()
        plain, silent = connect(server, GET), connect(server)
        with suppress(ConnectionResetError):
            assert b"200" not in receive(plain)
        assert server.answers()
        silent.close()
        assert server.answers()
        assert server.tracebacks() == []

    def test_who_breaks_the_encryption_later_is_no_bug_in_the_log(self, start, tls, connect, secure, receive):
        server = start(*tls, workers=1)
        first, second = (secure(connect(server)) for _ in range(2))
        for client in (first, second):
            client.do_handshake()
        second.sendall(GET)
        assert second.recv(1 << 16)
        for client in (first, second):
            os.write(client.fileno(), GET)  # past the encryption
            with suppress(OSError):
                receive(client)
        assert server.answers()
        assert server.tracebacks() == []

    def test_who_says_nothing_is_not_waited_for_at_the_end(self, start, tls, connect):
        server = start(*tls, workers=1)
        silent = connect(server)
        wait_for(lambda: connections(*children(server.pid), server.port) > 0)
        server.process.terminate()
        assert server.process.wait(timeout=END_SECONDS) == 0
        assert silent.recv(1) == b""

    def test_what_waits_for_its_handshake_when_a_worker_is_told_to_end_is_answered(
        self, start, tls, connect, secure, receive
    ):
        server = start(*tls, workers=1)
        (worker,) = children(server.pid)
        os.kill(worker, signal.SIGSTOP)
        clients = [secure(connect(server)) for _ in range(3)]
        for client in clients:
            client.setblocking(False)
            with suppress(ssl.SSLWantReadError):
                client.do_handshake()  # the first half of it
            client.settimeout(30)
        os.kill(worker, signal.SIGTERM)
        os.kill(worker, signal.SIGCONT)
        answers = [ask_on(client, receive) for client in clients]
        wait_for(lambda: has_ended(worker))
        assert server.tracebacks() == []
        assert answers == [b"200"] * 3


def ask_on(client: ssl.SSLSocket, receive) -> bytes:
    """The status of an answer, or the error that the client sees instead."""
    try:
        client.do_handshake()
        client.sendall(GET)
        return receive(client)[9:12]
    except OSError as error:
        return type(error).__name__.encode()


class TestSignals:
    def test_SIGHUP_replaces_all_workers_and_loses_no_request(self, start, load, connect, receive, body):
        server = start()
        master = server.pid  # its file is not there for a moment while it reloads
        before, content = set(children(master)), body()
        half_sent = connect(server, POST + b"Content-Length: %d\r\n\r\n" % len(content), content[:99])
        with load(server) as clients:
            answer_more(clients)
            os.kill(master, signal.SIGHUP)
            wait_for(lambda: len(children(master)) > len(before))
            half_sent.sendall(content[99:])
            wait_for(lambda: before.isdisjoint(children(master)))
            answer_more(clients)
        assert receive(half_sent)[9:12] == b"200"
        server.stop()
        assert_none_is_lost(clients, server)

    @pytest.mark.slow
    def test_SIGTTIN_adds_a_worker_and_SIGTTOU_ends_one_and_no_request_is_lost(self, start, load):
        server = start()
        with load(server) as clients:
            for number, sent in ((3, signal.SIGTTIN), (2, signal.SIGTTOU), (1, signal.SIGTTOU)):
                os.kill(server.pid, sent)
                wait_for(lambda number=number: len(children(server.pid)) == number)
                answer_more(clients)
        server.stop()
        assert_none_is_lost(clients, server)

    @pytest.mark.slow
    def test_SIGUSR2_and_SIGTERM_hand_over_to_a_new_master_and_lose_no_request(self, start, load):
        server = start()
        with load(server) as clients:
            new = new_master(server)
            server.process.terminate()
            assert server.process.wait(timeout=60) == 0
            wait_for(lambda: server.pid == new)
            answer_more(clients)
        assert (server.answers("/metrics"), len(children(new))) == (True, 2)
        os.kill(new, signal.SIGTERM)
        wait_for(lambda: has_ended(new))
        assert_none_is_lost(clients, server)

    @pytest.mark.slow
    def test_a_daemon_hands_over_by_SIGUSR2_and_SIGWINCH_and_SIGQUIT_and_loses_no_request(self, start, load):
        server = start("--daemon", "--enable-stdio-inheritance")
        old = server.pid
        with load(server) as clients:
            new = new_master(server)
            os.kill(old, signal.SIGWINCH)
            wait_for(lambda: set(children(old)) <= {new})
            os.kill(old, signal.SIGQUIT)
            wait_for(lambda: has_ended(old) and server.pid == new)
            answer_more(clients)
        os.kill(new, signal.SIGTERM)
        wait_for(lambda: has_ended(new))
        assert_none_is_lost(clients, server)

    def test_python_m_service_hands_over_by_SIGUSR2_too(self, serve, publish, tmp_path):
        publish()
        server = serve(tmp_path / "registry", workers=1)
        (worker,) = children(server.process.pid)
        server.process.send_signal(signal.SIGUSR2)
        try:
            wait_for(lambda: workers_of_another(server, worker), 10)
        finally:
            for pid in set(children(server.process.pid)) - {worker}:
                end(pid)

    @pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGQUIT], ids=lambda sent: sent.name)
    def test_a_quick_end_waits_for_no_idle_client_and_logs_what_was_answered(self, start, connect, sent):
        server = start()
        asked = GET.replace(b"/healthz", b"/model")  # of probes, changes alone are logged
        kept = [connect(server, asked) for _ in range(4)]
        answers = [client.recv(1 << 16) for client in kept]
        server.process.send_signal(sent)
        assert server.process.wait(timeout=END_SECONDS) == 0
        ids = {answer.partition(b"X-Request-ID: ")[2][:32].decode() for answer in answers}
        assert ids <= {line.get("request_id") for line in server.lines()}
        assert (len(ids), server.tracebacks()) == (4, [])

    def test_SIGUSR1_which_reopens_logs_disturbs_nobody(self, start, load):
        server = start()
        before = children(server.pid)
        with load(server) as clients:
            for _ in range(3):
                os.kill(server.pid, signal.SIGUSR1)
                answer_more(clients)
        assert (clients.errors, children(server.pid)) == ([], before)

    @pytest.mark.slow
    def test_a_worker_that_hangs_is_replaced(self, start):
        server = start("--timeout", "2")
        hung, other = children(server.pid)
        os.kill(hung, signal.SIGSTOP)
        wait_for(lambda: hung not in children(server.pid) and len(children(server.pid)) == 2)
        assert other in children(server.pid)
        assert server.answers()


def new_master(server: Gunicorn) -> int:
    """Have a master start another; wait until its workers serve."""
    log = server.log.read_text()
    os.kill(server.pid, signal.SIGUSR2)
    file = server.pid_file.with_name("pid.2")
    served = log.count(SERVING)
    wait_for(lambda: server.log.read_text().count(SERVING) == served + 2)
    return read_pid(file)


def workers_of_another(server: Server, worker: int) -> list[int]:
    """The workers of a second master."""
    masters = set(children(server.process.pid)) - {worker}
    return [pid for master in masters if not has_ended(master) for pid in children(master)]


class TestSIGTERM:
    def test_many_idle_clients_are_not_waited_for(self, start, connect, receive):
        server = start()
        kept = [connect(server, GET) for _ in range(50)]
        assert {client.recv(1 << 16)[9:12] for client in kept} == {b"200"}
        server.process.terminate()
        assert server.process.wait(timeout=END_SECONDS) == 0
        assert {receive(client) for client in kept} == {b""}

    def test_a_kept_connection_that_asks_at_once_is_answered_and_closed(self, start, connect, receive):
        server = start()
        kept = [connect(server, GET) for _ in range(20)]
        assert {client.recv(1 << 16)[9:12] for client in kept} == {b"200"}
        server.process.terminate()
        for client in kept:
            client.sendall(GET)
        assert {receive(client)[9:12] for client in kept} == {b"200"}

    def test_what_waits_in_the_systems_queue_is_answered(self, start, connect, receive):
        server = start(workers=1)
        (worker,) = children(server.pid)
        os.kill(worker, signal.SIGSTOP)
        waiting = [connect(server, GET) for _ in range(100)]
        os.kill(worker, signal.SIGTERM)
        os.kill(worker, signal.SIGCONT)
        assert {receive(client)[9:12] for client in waiting} == {b"200"}
        wait_for(lambda: has_ended(worker))

    def test_a_full_worker_is_not_waited_for_either(self, start, connect):
        server = start(workers=1, files=256)
        clients = [connect(server) for _ in range(240)]  # it takes 128
        wait_for(lambda: connections(*children(server.pid), server.port) == 128)
        server.process.terminate()
        assert server.process.wait(timeout=END_SECONDS) == 0
        assert len(clients) == 240
        assert any(line["message"].startswith("Worker exiting") for line in server.lines())

    def test_threads_end_as_soon(self, start):
        server = start("--worker-class", "gthread", workers=1)
        server.process.terminate()
        assert server.process.wait(timeout=END_SECONDS) == 0


def test_the_service_is_not_loaded_before_workers_are_there(tmp_path, publish):
    publish()
    server = Gunicorn(tmp_path, ("--preload",))
    assert server.process.wait(timeout=60) == 1
    assert "expected no --preload (preload_app)" in server.log.read_text().splitlines()[-1]


class TestBalance:
    def test_connections_that_come_at_once_are_spread_evenly(self, start, connect):
        server = start()
        clients = [connect(server, GET) for _ in range(16)]
        assert {client.recv(1 << 16)[9:12] for client in clients} == {b"200"}
        wait_for(lambda: sum(shares(server)) == 16)  # the one that has asked whether it is ready is closed
        assert min(shares(server)) >= 5

    def test_connections_to_two_addresses_are_spread_evenly_together(self, start, connect):
        ports = [free_port(), free_port()]
        binds = [f"--bind=127.0.0.1:{port}" for port in ports]
        server = start(*binds, port=ports[0])
        others = [connect(SimpleNamespace(port=ports[1]), GET) for _ in range(12)]
        assert {client.recv(1 << 16)[9:12] for client in others} == {b"200"}
        clients = [connect(server, GET) for _ in range(12)]
        assert {client.recv(1 << 16)[9:12] for client in clients} == {b"200"}
        wait_for(lambda: sum(shares(server)) == 12)
        both = [sum(connections(pid, port) for port in ports) for pid in children(server.pid)]
        assert min(both) >= 8

    def test_a_worker_that_is_added_has_the_next_connections(self, start, connect):
        server = start(workers=1)
        before, first = set(children(server.pid)), [connect(server) for _ in range(16)]
        wait_for(lambda: sum(shares(server)) == len(first))
        os.kill(server.pid, signal.SIGTTIN)
        wait_for(lambda: server.log.read_text().count(SERVING) == 2)
        (added,) = set(children(server.pid)) - before
        next_ones = [connect(server) for _ in range(16)]
        wait_for(lambda: sum(shares(server)) == len(first) + len(next_ones))
        assert connections(added, server.port) >= 10


def shares(server: Gunicorn) -> list[int]:
    return [connections(pid, server.port) for pid in children(server.pid)]


class TestLimits:
    def test_max_requests_replaces_workers_and_loses_no_request(self, start, load, connect, receive):
        server = start("--max-requests", "20", "--max-requests-jitter", "5")
        idle = [connect(server, GET) for _ in range(4)]
        assert {client.recv(1 << 16)[9:12] for client in idle} == {b"200"}
        seen: set[int] = set()
        with load(server) as clients:
            wait_for(lambda: seen.update(children(server.pid)) or len(seen) >= 4 or clients.errors)
        assert {receive(client) for client in idle} == {b""}
        server.stop()
        assert_none_is_lost(clients, server)

    def test_few_files_are_enough_for_metrics_among_many_connections(self, start, connect, receive):
        server = start(workers=2, files=256)
        idle = [connect(server) for _ in range(240)]
        wait_for(lambda: sum(shares(server)) == len(idle))
        answer = receive(connect(server, LAST_GET.replace(b"healthz", b"metrics")))
        assert (answer[9:12], b"numeral_requests_total" in answer) == (b"200", True)

    def test_who_comes_to_a_full_worker_waits_until_there_is_room(self, start, connect, receive):
        server = start(workers=1, files=256)
        idle = [connect(server) for _ in range(240)]
        client = connect(server, LAST_GET.replace(b"healthz", b"metrics"))
        wait_for(lambda: connections(*children(server.pid), server.port) == 128)
        for each in idle:
            each.close()
        answer = receive(client)
        assert (answer[9:12], b"numeral_requests_total" in answer) == (b"200", True)
        assert server.tracebacks() == []

    def test_a_request_line_that_is_too_long_is_refused_in_JSON(self, start, connect, receive):
        server = start("--limit-request-line", "200", workers=1)
        answer = receive(connect(server, b"GET /" + b"x" * 300 + b" HTTP/1.1\r\nHost: x\r\n\r\n"))
        head, content = answer.split(b"\r\n\r\n")
        message = "request line: expected at most 200 bytes, got more"
        assert (head[9:12], json.loads(content)) == (b"414", {"error": message})

    @pytest.mark.parametrize("headers", [b"X: " + b"x" * 300, b"X: x\r\n" * 8], ids=["too long", "too many"])
    def test_headers_beyond_a_limit_are_refused_with_it(self, start, connect, receive, headers):
        limits = ("--limit-request-field_size", "200", "--limit-request-fields", "6")
        server = start(*limits, workers=1)
        answer = receive(connect(server, b"GET / HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n\r\n"))
        head, content = answer.split(b"\r\n\r\n")
        message = "headers: expected at most 6, each of at most 200 bytes; got more"
        assert (head[9:12], json.loads(content)) == (b"431", {"error": message})


class TestProxies:
    def test_one_that_is_trusted_says_whether_its_client_speaks_TLS(self, start):
        server = start(workers=1)
        seen = {
            scheme: requests.get(
                server.url + "/docs", headers={"X-Forwarded-Proto": scheme}, timeout=60
            ).text.count(f"{scheme}://127.0.0.1:{server.port}/")
            for scheme in ("http", "https")
        }
        assert seen["https"] == seen["http"] > 0

    def test_no_header_of_a_proxy_refuses_a_request(self, start, connect, receive):
        server = start(workers=1)
        for headers in (
            b"X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\n",
            b"X-Forwarded-Proto: https\r\nX-Forwarded-Proto: http\r\n",
            b"X-Forwarded-Proto: https, http\r\n",
            b"X-Forwarded-Protocol: ssl\r\nX-Forwarded-Proto: HTTPS\r\n",
            b"X-Forwarded-Ssl: on\r\n",
            b"X-Forwarded-Proto: https\r\nX-Forwarded-For: nobody, ::1\r\nForwarded: =;,\r\nVia: ?\r\n",
            b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: a b\r\nX_Forwarded_Proto: http\r\n",
        ):
            asked = LAST_GET.replace(b"/healthz", b"/docs").replace(b"\r\n", b"\r\n" + headers, 1)
            answer = receive(connect(server, asked))
            assert (answer[9:12], answer.count(b"https://x/")) == (b"200", answer.count(b"//x/")), headers
            assert b"https://x/" in answer

    def test_one_that_is_not_trusted_does_not(self, start):
        server = start("--forwarded-allow-ips", "10.0.0.1", workers=1)
        page = requests.get(server.url + "/docs", headers={"X-Forwarded-Proto": "https"}, timeout=60).text
        assert f"https://127.0.0.1:{server.port}/" not in page

    @pytest.mark.parametrize(
        ("trusted", "client"),
        [(None, "203.0.113.7"), ("10.0.0.0/8, 192.0.2.1", "127.0.0.1"), ("*", "203.0.113.7")],
    )
    def test_the_log_names_the_client_of_a_proxy_that_is_trusted(self, start, trusted, client):
        server = start(workers=1, **({} if trusted is None else {"trusted_proxies": trusted}))
        requests.get(server.url + "/model", headers={"X-Forwarded-For": "203.0.113.7"}, timeout=60)
        server.stop()
        lines = [line for line in server.lines() if line.get("path") == "/model"]
        assert [line["client"] for line in lines] == [client]

    def test_no_header_moves_the_service_to_another_path(self, start):
        server = start(workers=1)
        plain = requests.get(server.url + "/docs", timeout=60).text
        names = (
            "SCRIPT_NAME",
            "Script-Name",
            "PATH_INFO",
            "X-Script-Name",
            "X-Forwarded-Prefix",
            "X-Original-URL",
        )
        for name in names:
            for value in ("/docs", "/numeral"):
                assert requests.get(server.url + "/docs", headers={name: value}, timeout=60).text == plain, (
                    name
                )

    @pytest.mark.parametrize("how", ["environment", "flag", "setting"])
    def test_the_environment_moves_it_for_proxies_that_strip_the_path_and_for_others(
        self, start, monkeypatch, how
    ):
        flags, settings = (), {}
        if how == "environment":
            monkeypatch.setenv("SCRIPT_NAME", "/numeral")
        elif how == "flag":
            flags = ("--env", "SCRIPT_NAME=/numeral")
        else:
            settings["root_path"] = "/numeral"
        server = start(*flags, workers=1, path="/numeral/readyz", **settings)
        for path in ("/openapi.json", "/numeral/openapi.json"):
            answer = requests.get(server.url + path, timeout=60).json()
            assert answer["servers"] == [{"url": "/numeral"}]
        assert requests.get(server.url + "/other/healthz", timeout=60).status_code == 404
        assert server.tracebacks() == []

    def test_one_on_the_same_machine_may_use_a_unix_socket(self, start, tmp_path, receive):
        path, port = str(tmp_path / "socket"), free_port()
        server = start("--bind", f"127.0.0.1:{port}", "--bind", f"unix:{path}", port=port, workers=1)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            client.connect(path)
            client.sendall(LAST_GET)
            assert receive(client)[9:12] == b"200"
        assert server.tracebacks() == []
