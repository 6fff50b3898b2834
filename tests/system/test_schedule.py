"""`python -m pipeline schedule` against a real Prefect server on loopback."""

import os
import signal
import socket
import subprocess
import sys
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter
from server import free_port, wait_for
from urllib3.util import Retry

from model.registry.registry import Registry

ROOT = Path(__file__).parents[2]
NIGHTLY = "0 3 * * *"
NEVER = "0 0 1 1 *"
EVERY_THREE_SECONDS = "* * * * * */3"  # Prefect itself takes a sixth field, of seconds
NO_SERVER = "http://127.0.0.1:9/api"
NO_MIRROR = "http://127.0.0.1:9/"
DEADLINE = 240  # seconds: reached only by a test that fails
ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


def environment(folder, **settings):
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("NUMERAL_", "PREFECT_"))
    }
    return clean | {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "OPENBLAS_NUM_THREADS": "1",  # the cores are shared with the server
        "NUMERAL_REGISTRY": str(folder / "registry"),
        "NUMERAL_DATA": str(folder / "data"),
        **settings,
    }


class Prefect:
    """A Prefect server, asked over its API."""

    def __init__(self, folder):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/api"
        self.log = folder / "server.log"
        command = [sys.executable, "-m", "pipeline.prefect_server", "--port", str(port)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment(folder), stdout=log, stderr=log, start_new_session=True
            )
        self.session = requests.Session()
        # SQLite is busy now and then, and says so with a 503
        busy = Retry(total=8, connect=0, backoff_factor=0.1, status_forcelist=[503], allowed_methods=None)
        self.session.mount("http://", HTTPAdapter(max_retries=busy))

    def answers(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.session.get(self.url + "/health", timeout=60).ok
        except requests.ConnectionError:
            return False

    def take_token(self):
        """As Prefect's own clients do, without which nothing is written."""
        answer = self.session.get(self.url + "/csrf-token", params={"client": "tests"}, timeout=30).json()
        self.session.headers["Prefect-Csrf-Client"] = "tests"
        self.session.headers["Prefect-Csrf-Token"] = answer["token"]

    def post(self, path, items=None, **body):
        response = self.session.post(self.url + path, json=items or body, timeout=60)
        response.raise_for_status()
        return response.json()

    def patch(self, path, **body):
        self.session.patch(self.url + path, json=body, timeout=30).raise_for_status()

    def deployments(self):
        return self.post("/deployments/filter")

    def schedules(self):
        return [schedule for deployment in self.deployments() for schedule in deployment["schedules"]]

    def runs(self, **matching):
        (deployment,) = self.deployments()
        runs = self.post(
            "/flow_runs/filter", deployments={"id": {"any_": [deployment["id"]]}}, flow_runs=matching
        )
        return sorted(runs, key=lambda run: run["expected_start_time"])

    def reschedule(self, cron):
        (deployment,) = self.deployments()
        (schedule,) = deployment["schedules"]
        response = self.session.patch(
            f"{self.url}/deployments/{deployment['id']}/schedules/{schedule['id']}",
            json={"schedule": {"cron": cron, "timezone": "UTC"}},
            timeout=60,
        )
        response.raise_for_status()

    def trigger(self, **parameters):
        (deployment,) = self.deployments()
        return self.post(f"/deployments/{deployment['id']}/create_flow_run", parameters=parameters)["id"]

    def state(self, run):
        (found,) = self.runs(id={"any_": [run]})
        return found["state_type"]

    def forget(self):
        for deployment in self.deployments():
            self.session.delete(f"{self.url}/deployments/{deployment['id']}", timeout=60)

    def stop(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.session.close()


@pytest.fixture(scope="module")
def prefect(tmp_path_factory):
    server = Prefect(tmp_path_factory.mktemp("prefect-server"))
    try:
        wait_for(server.answers, DEADLINE)
        server.take_token()
        yield server
    finally:
        server.stop()


@pytest.fixture
def schedule(prefect, tmp_path):
    """Start `python -m pipeline schedule`, with a registry of its own; return when the server knows of it."""
    processes = []

    def start(*arguments, **settings):
        before = prefect.schedules()
        log = tmp_path / f"schedule-{len(processes)}.log"
        with log.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "pipeline", "schedule", *arguments],
                cwd=ROOT,
                env=environment(tmp_path, PREFECT_API_URL=prefect.url, **settings),
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        processes.append(process)

        def is_known():
            assert process.poll() is None, log.read_text()
            return prefect.schedules() not in ([], before)

        wait_for(is_known, DEADLINE)
        return process

    yield start
    for process in processes:
        kill(process)
    prefect.forget()


def kill(process):
    """SIGKILL the process and every process that it started, as the end of a container does."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def crons(deployment):
    """When the deployment's schedules are due, and whether they are on."""
    return {(each["schedule"]["cron"], each["active"]) for each in deployment["schedules"]}


@pytest.fixture
def registry(tmp_path):
    return Registry(tmp_path / "registry", "mnist")


@pytest.fixture
def silent_mirror():
    """A mirror that never says a word: a run that asks it lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE)
        yield listener


@pytest.mark.parametrize(
    ("settings", "cron", "sentence"),
    [
        ({}, NIGHTLY, "PREFECT_API_URL: expected the URL of a Prefect server, as http://"),
        (
            {"PREFECT_API_URL": NO_SERVER},
            "at three",
            "--cron: expected five fields such as '0 3 * * *', got 'at three'",
        ),
        (
            {"PREFECT_API_URL": NO_SERVER},
            NIGHTLY,
            f"PREFECT_API_URL: expected a Prefect server at {NO_SERVER}, got: ",
        ),
    ],
    ids=["no address", "bad cron", "no server"],
)
def test_what_cannot_be_scheduled_is_one_sentence_before_anything_is_trained(
    settings, cron, sentence, tmp_path, registry
):
    options = ("--dataset", "digits", "--train-when-empty", "--cron", cron)
    result = subprocess.run(
        [sys.executable, "-m", "pipeline", "schedule", *options],
        cwd=ROOT,
        env=environment(tmp_path, **settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("python -m pipeline: " + sentence)
    assert result.stderr.count("\n") == 1
    assert registry.versions() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "proxy", "got"),
    [
        (NO_SERVER, "", "[Errno 111] Connection refused"),
        ("http://user:s3cret@127.0.0.1:9/api", "", "[Errno 111] Connection refused"),
        ("nonsense", "", ""),
        (NO_SERVER, "socks5://127.0.0.1:9", "Using SOCKS proxy, but"),
    ],
    ids=["nobody", "password", "nonsense", "socks"],
)
def test_a_run_without_the_server_that_it_names_is_one_sentence(url, proxy, got, tmp_path, registry):
    result = subprocess.run(
        [sys.executable, "-m", "pipeline", "run", "--dataset", "digits"],
        cwd=ROOT,
        env=environment(tmp_path, PREFECT_API_URL=url, ALL_PROXY=proxy),
        capture_output=True,
        text=True,
        check=False,
    )
    shown = url.replace("user:s3cret@", "")
    assert result.returncode == 1
    assert result.stderr.startswith(
        f"python -m pipeline: PREFECT_API_URL: expected a Prefect server at {shown}, got: {got}"
    )
    assert result.stderr.count("\n") == 1
    assert registry.versions() == []


@pytest.mark.slow
def test_what_is_no_recipe_is_refused_by_the_server_or_fails_in_a_sentence(prefect, schedule, registry):
    schedule("--dataset", "digits", "--cron", NEVER)
    with pytest.raises(requests.HTTPError):
        prefect.trigger(recipe="nonsense")
    run = prefect.trigger(seed=2**40, recipe="five-or-eight")
    wait_for(lambda: prefect.state(run) in ENDED, DEADLINE)
    (found,) = prefect.runs(id={"any_": [run]})
    assert found["state_type"] == "FAILED"
    assert (
        "seed: expected a whole number from 0 to 4294967295, got 1099511627776" in found["state"]["message"]
    )
    assert registry.versions() == []


@pytest.mark.slow
def test_a_run_ends_with_the_schedule_that_is_killed(prefect, schedule, silent_mirror):
    host, port = silent_mirror.getsockname()
    process = schedule("--cron", NEVER, NUMERAL_MNIST_MIRRORS=f"http://{host}:{port}/")
    prefect.trigger()
    asked, _ = silent_mirror.accept()
    process.kill()
    with asked:
        asked.settimeout(DEADLINE)
        while asked.recv(1 << 16):
            pass  # until the run that has asked is gone


@pytest.mark.slow
def test_a_schedule_that_is_ended_or_killed_comes_back_once(prefect, schedule):
    process = schedule("--dataset", "digits", "--cron", "0 4 * * *")
    wait_for(lambda: prefect.deployments()[0]["status"] == "READY")  # it has asked for runs
    process.terminate()
    assert process.wait(DEADLINE) == 0
    (first,) = prefect.deployments()
    assert (first["paused"], first["schedules"][0]["active"]) == (False, True)
    kill(schedule("--dataset", "digits", "--cron", NIGHTLY))
    schedule("--dataset", "digits", "--cron", NIGHTLY)

    (deployment,) = prefect.deployments()
    (found,) = deployment["schedules"]
    assert (deployment["id"], deployment["paused"], found["active"]) == (first["id"], False, True)
    assert (found["schedule"]["cron"], found["schedule"]["timezone"]) == (NIGHTLY, "UTC")
    wait_for(lambda: len(prefect.runs()) >= 3, DEADLINE)
    times = [datetime.fromisoformat(run["expected_start_time"]) for run in prefect.runs()]
    assert all((time.hour, time.minute) == (3, 0) for time in times)
    assert len(set(times)) == len(times)


@pytest.mark.slow
def test_what_people_changed_in_prefect_stays_until_something_else_is_asked_for(prefect, schedule):
    options = ("--dataset", "digits", "--cron")
    kill(schedule(*options, NIGHTLY))
    (deployment,) = prefect.deployments()
    (ours,) = deployment["schedules"]
    address = f"/deployments/{deployment['id']}"
    edited = {"active": False, "schedule": {"cron": "5 5 * * *", "timezone": "UTC"}}
    prefect.patch(f"{address}/schedules/{ours['id']}", **edited)
    prefect.post(f"{address}/schedules", [{"schedule": {"cron": NEVER, "timezone": "UTC"}}])
    prefect.patch(address, paused=True, tags=["night"], parameters={"dataset": "digits", "seed": 7})

    kill(schedule(*options, NIGHTLY))
    (deployment,) = prefect.deployments()
    assert crons(deployment) == {("5 5 * * *", False), (NEVER, True)}
    assert (deployment["paused"], deployment["tags"]) == (True, ["night"])
    assert deployment["parameters"] == {"dataset": "digits", "seed": 7}

    kill(schedule(*options, "0 4 * * *"))
    (deployment,) = prefect.deployments()
    assert crons(deployment) == {("0 4 * * *", True), (NEVER, True)}
    assert (deployment["paused"], deployment["parameters"]["seed"]) == (False, None)


@pytest.mark.slow
def test_a_first_training_waits_for_its_mirror_and_its_health_says_so(tmp_path, prefect):
    settings = environment(tmp_path, PREFECT_API_URL=prefect.url, NUMERAL_MNIST_MIRRORS=NO_MIRROR)
    log = tmp_path / "schedule.log"

    def health():
        command = [sys.executable, "-m", "pipeline.health"]
        result = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
        return result.returncode, result.stdout

    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "schedule", "--train-when-empty"],
            cwd=ROOT,
            env=settings,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        wait_for(lambda: "and tries again in 10 s" in health()[1], 60)
        code, sentence = health()
        assert (code, process.poll()) == (1, None), "it waits within the process"
        assert sentence.startswith("waits for the data")
        assert "no mirror gave the file" in sentence
        assert sentence.count("\n") == 1
        assert "tries again in 5 s" in log.read_text()
        assert prefect.deployments() == [], "and no run has failed"
    finally:
        kill(process)


@pytest.mark.slow
def test_scheduled_runs_publish_one_at_a_time_and_each_time_once(prefect, schedule, registry):
    process = schedule("--dataset", "digits", "--recipe", "small", "--cron", NEVER)
    prefect.reschedule(EVERY_THREE_SECONDS)
    wait_for(lambda: len(registry.versions()) >= 2, DEADLINE)  # each lasts longer than three seconds
    kill(process)

    runs = prefect.runs(start_time={"is_null_": False})  # of hundreds that are due on a busy machine
    assert all(run["auto_scheduled"] for run in runs)
    assert len({run["expected_start_time"] for run in runs}) == len(runs)
    assert all((one["end_time"] or "not yet") < next_one["start_time"] for one, next_one in pairwise(runs))
    published = [registry.load(version)[0].lineage["flow_run"] for version in (1, 2)]
    assert published == [run["id"] for run in runs[:2]]


@pytest.mark.slow
def test_a_scheduled_run_learns_what_was_asked_for(prefect, schedule, registry, tmp_path):
    (tmp_path / "t.csv").write_text("a,0\nb,1\nc,0.5\n" * 20)
    schedule("--dataset", f"csv:{tmp_path / 't.csv'}", "--classes", "b,a", "--cron", NEVER)
    prefect.trigger()
    wait_for(registry.versions, DEADLINE)
    document, _ = registry.load(1)
    assert (document.dataset["name"], document.classes) == ("csv:t.csv", ("b", "a"))


@pytest.mark.slow
def test_a_run_that_was_cut_off_does_not_hold_up_what_was_missed_meanwhile(
    prefect, schedule, registry, silent_mirror
):
    host, port = silent_mirror.getsockname()
    process = schedule("--cron", NEVER, NUMERAL_MNIST_MIRRORS=f"http://{host}:{port}/")
    cut_off = prefect.trigger()
    silent_mirror.accept()[0].close()
    kill(process)
    assert prefect.state(cut_off) == "RUNNING"  # for all that the server knows
    missed = prefect.trigger(dataset="digits")

    schedule("--dataset", "digits", "--cron", NEVER)
    wait_for(registry.versions, DEADLINE)
    assert registry.load(1)[0].lineage["flow_run"] == missed


@pytest.mark.slow
def test_a_scheduled_run_without_a_mirror_fails_and_publishes_nothing(prefect, schedule, registry):
    schedule("--cron", NEVER, NUMERAL_MNIST_MIRRORS=NO_MIRROR)
    run = prefect.trigger()
    wait_for(lambda: prefect.state(run) in ENDED, DEADLINE)
    (found,) = prefect.runs(id={"any_": [run]})
    assert found["state_type"] == "FAILED"
    assert "no mirror gave the file" in found["state"]["message"]
    assert registry.versions() == []
