"""`docker compose up --build`, and what the three containers do then, and may not do."""

import gzip
import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import which

import pytest
import requests
from requests.adapters import HTTPAdapter
from server import free_port, wait_for
from urllib3.util import Retry

from model import VERSION
from pipeline.data.formats.mnist import load_mnist

ROOT = Path(__file__).parents[2]
PROJECT = f"numeral-test-{os.getpid()}"  # two checkouts may be tested at the same time
CRON = "30 4 * * *"
CONTAINERS = ("service", "pipeline", "prefect-server")
CRASH = """
import os, signal
from pathlib import Path

def parent(process):
    return int((process / "stat").read_text().rpartition(")")[2].split()[1])

(main,) = (process for process in Path("/proc").glob("[0-9]*") if parent(process) == 1)
os.kill(int(main.name), signal.SIGKILL)
"""

pytestmark = [pytest.mark.compose, pytest.mark.mnist, pytest.mark.slow]


class Stack:
    """The project under a name, ports and volumes of its own, with MNIST from a folder."""

    def __init__(self, mirror):
        ports = {"PORT": str(free_port()), "PREFECT_PORT": str(free_port())}
        self.url = f"http://127.0.0.1:{ports['PORT']}"
        self.prefect = f"http://127.0.0.1:{ports['PREFECT_PORT']}/api"
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("NUMERAL_", "COMPOSE_"))
        }
        files = {"FILES": str(mirror), "NUMERAL_MNIST_MIRRORS": "file:///files/"}
        named = {"NUMERAL_ACTOR": "eve, on call", "NUMERAL_MAX_ROWS": "10001", "REVISION": "c0ffee"}
        project = {"COMPOSE_PROJECT_NAME": PROJECT, "COMPOSE_FILE": str(ROOT / "docker-compose.yml")}
        self.environment = clean | ports | files | named | project | {"CRON": CRON}

    def compose(self, *arguments):
        return subprocess.run(
            ["docker", "compose", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def run(self, command, folder):
        """Run a command of the documents, for this project; what it prints."""
        ours = command.replace("numeral-pipeline", f"{PROJECT}-pipeline").replace("numeral_", f"{PROJECT}_")
        result = subprocess.run(
            ["bash", "-c", ours],
            cwd=folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    def python(self, container, code):
        return self.compose("exec", "-T", container, "python", "-c", code)

    def inspect(self, container):
        name = self.compose("ps", "--all", "--quiet", container).stdout.strip()
        inspected = subprocess.run(["docker", "inspect", name], capture_output=True, check=True)
        return json.loads(inspected.stdout)[0]

    def is_healthy(self, container):
        return self.inspect(container)["State"]["Health"]["Status"] == "healthy"

    def get(self, path):
        """The answer of the service; an empty one while it does not answer."""
        try:
            return requests.get(self.url + path, timeout=60).json()
        except requests.ConnectionError:
            return {}

    def served_version(self):
        return self.get("/readyz").get("model", {}).get("version")

    def versions(self):
        return self.compose("exec", "-T", "pipeline", "python", "-m", "model", "list").stdout

    def champion(self):
        (line,) = [line for line in self.versions().splitlines()[1:] if line.endswith("champion")]
        return int(line.split()[0])

    def deployment(self):
        (deployment,) = self.ask_prefect("/deployments/filter")
        return deployment

    def ask_prefect(self, path, **body):
        token = requests.get(f"{self.prefect}/csrf-token", params={"client": PROJECT}, timeout=60).json()
        headers = {"Prefect-Csrf-Client": PROJECT, "Prefect-Csrf-Token": token["token"]}
        response = requests.post(self.prefect + path, json=body, headers=headers, timeout=60)
        response.raise_for_status()
        return response.json()


@pytest.fixture(scope="module")
def mirror(mnist_folder, tmp_path_factory):
    """A folder such as mirrors serve, readable by any user."""
    folder = tmp_path_factory.mktemp("mirror")
    folder.chmod(0o755)
    for file in mnist_folder.glob("*-ubyte"):
        (folder / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), 1))
    return folder


@pytest.fixture(scope="module")
def stack(request, mirror):
    """The project, built, up and healthy."""
    for command in (["docker", "info"], ["docker", "compose", "version"]):
        try:
            subprocess.run(command, capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no Docker engine with Compose v2 answers: {error}")
    stack = Stack(mirror)
    failed_before = request.session.testsfailed
    remove = ("down", "--volumes", "--rmi", "local", "--remove-orphans", "--timeout", "5")
    stack.compose(*remove)
    try:
        up = stack.compose("up", "--build", "--detach", "--wait", "--wait-timeout", "900")
        assert up.returncode == 0, up.stdout + stack.compose("logs").stdout
        yield stack
    finally:
        if request.session.testsfailed > failed_before:
            capture = request.config.pluginmanager.getplugin("capturemanager")
            with capture.global_and_fixture_disabled():
                print(stack.compose("logs", "--no-color", "--timestamps", "--tail", "100").stdout)  # noqa: T201
        stack.compose(*remove)
        tagged = [f"{PROJECT}-{name}:{VERSION}" for name in ("service", "pipeline")]
        subprocess.run(["docker", "rmi", *tagged], capture_output=True, check=False)


def documented(beginning):
    """The commands of docs/operations.md that begin so, without their comments."""
    lines = (ROOT / "docs/operations.md").read_text(encoding="utf-8").splitlines()
    return [line.split("  #")[0].strip() for line in lines if line.startswith(beginning)]


def test_the_first_start_trains_on_mnist_and_serves_it(stack, mnist_folder):
    model = stack.get("/model")
    assert model["dataset"]["name"] == "mnist"
    assert model["metrics"]["accuracy"] >= 0.98

    metrics = requests.get(stack.url + "/metrics", timeout=60).text
    threads = re.findall(r"^numeral_blas_threads\{.*\} (\S+)$", metrics, re.MULTILINE)
    assert threads == ["1.0", "1.0"]

    test = load_mnist(mnist_folder).test
    batch = {"instances": test.images[:1000].tolist(), "max_value": 255}
    answer = requests.post(stack.url + "/predict", json=batch, timeout=60).json()
    assert answer["model"]["name"] == "mnist"
    right = sum(answer["predictions"] == test.true_classes()[:1000])
    assert right >= 960


def test_the_schedule_stands_in_prefect(stack):
    deployment = stack.deployment()
    (schedule,) = deployment["schedules"]
    assert (deployment["paused"], schedule["active"]) == (False, True)
    assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == (CRON, "UTC")


def test_prefect_s_pages_are_there_by_both_names_of_loopback_and_nobody_else_can_write(stack):
    port = stack.prefect.split(":")[2].split("/")[0]
    for name in ("127.0.0.1", "localhost"):
        page = requests.get(f"http://{name}:{port}/", headers={"Accept": "text/html"}, timeout=60)
        assert page.ok
        assert "<script" in page.text
    body = {"name": "from-elsewhere"}
    for headers in ({}, {"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        assert (
            requests.post(stack.prefect + "/flows/", json=body, headers=headers, timeout=60).status_code
            == 403
        )


def test_a_run_of_the_deployment_publishes_a_version_and_the_service_takes_it_up(stack):
    seed = stack.get("/model")["training"][
        "seed"
    ]  # the same network again is not worse, whatever chance does
    run = stack.ask_prefect(
        f"/deployments/{stack.deployment()['id']}/create_flow_run", parameters={"seed": seed}
    )
    wait_for(lambda: stack.get("/model")["lineage"]["flow_run"] == run["id"], 600)


def test_eight_of_the_largest_batches_at_once_fit_into_the_memory(stack):
    row = f"[{','.join(['0.5'] * 784)}]"
    body = f'{{"instances": [{",".join([row] * 10_000)}]}}'

    def ask(_):
        """As a client does that comes again when it is told to: on a slow machine, some wait too long."""
        headers = {"Content-Type": "application/json"}
        again = Retry(total=20, status_forcelist=[429], allowed_methods=None, respect_retry_after_header=True)
        with requests.Session() as session:
            session.mount("http://", HTTPAdapter(max_retries=again))
            return session.post(stack.url + "/predict", body, headers=headers, timeout=100).status_code

    with ThreadPoolExecutor(8) as clients:
        assert list(clients.map(ask, range(8))) == [200] * 8


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_container_that_crashes_comes_back_with_its_state(stack, container):
    restarts = stack.inspect(container)["RestartCount"]
    versions = stack.versions()
    crash = stack.python(container, CRASH)
    assert crash.returncode in (0, 137), crash.stdout  # this command may end with its container
    wait_for(lambda: stack.inspect(container)["RestartCount"] == restarts + 1)
    wait_for(lambda: all(stack.is_healthy(name) for name in CONTAINERS), 300)
    assert stack.versions() == versions
    wait_for(lambda: stack.served_version() == stack.champion())
    assert len(stack.deployment()["schedules"]) == 1


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_container_has_no_more_rights_than_it_needs(stack, container):
    facts = stack.inspect(container)
    host = facts["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert (host["CapDrop"], host["CapAdd"], host["Privileged"]) == (["ALL"], None, False)
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert 0 < host["Memory"] <= 4 << 30
    assert 0 < host["PidsLimit"] <= 256
    addresses = [binding["HostIp"] for bindings in host["PortBindings"].values() for binding in bindings]
    assert set(addresses) <= {"127.0.0.1"}

    status = stack.compose("exec", "-T", container, "cat", "/proc/1/status").stdout
    fields = dict(line.split(":\t", 1) for line in status.splitlines())
    assert set(fields["Uid"].split()) == {"10001"}
    assert (int(fields["CapEff"], 16), int(fields["CapBnd"], 16), fields["NoNewPrivs"]) == (0, 0, "1")
    assert "Read-only file system" in stack.python(container, "open('/app/x', 'w')").stdout


def test_the_service_reads_the_registry_and_cannot_write_it(stack):
    readable = stack.compose("exec", "-T", "service", "python", "-m", "model", "verify")
    assert readable.returncode == 0, readable.stdout
    written = stack.python("service", "open('/app/var/registry/mnist/aliases.json', 'a')")
    assert "Read-only file system" in written.stdout


def test_settings_of_the_host_reach_the_containers(stack):
    row = [[0] * 784]
    for count, status in ((10_001, 200), (10_002, 422)):
        body = gzip.compress(json.dumps({"instances": row * count}).encode())
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        answer = requests.post(stack.url + "/predict", body, headers=headers, timeout=100)
        assert answer.status_code == status, answer.text[:200]
    who = (
        "import json; print({json.loads(line)['who'] for line in open('/app/var/registry/mnist/log.jsonl')})"
    )
    assert stack.python("pipeline", who).stdout == "{'eve, on call'}\n"


@pytest.mark.usefixtures("stack")
def test_the_images_tell_their_version_and_commit_and_are_tagged_with_it():
    for name in ("service", "pipeline"):
        for tag in ("latest", VERSION):
            command = ["docker", "image", "inspect", f"{PROJECT}-{name}:{tag}"]
            (image,) = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
            labels = image["Config"]["Labels"]
            assert labels["org.opencontainers.image.version"] == VERSION
            assert labels["org.opencontainers.image.revision"] == "c0ffee"


@pytest.mark.skipif(not which("jq"), reason="no jq, which the documented command pipes the log to")
def test_the_documented_command_finds_what_failed_in_the_log(stack, tmp_path):
    (command,) = documented("docker compose logs")
    requests.get(stack.url + "/no-such-page", timeout=10)
    wait_for(lambda: '"path": "/no-such-page"' in stack.run(command, tmp_path))

    every_line = stack.run(command.replace("select(.status >= 400)", "[.path, .status]"), tmp_path)
    assert '"/no-such-page"' in every_line
    # each of the workers says once that it is not ready, and then that it is; some came in others' places
    assert every_line.count('"/readyz"') <= 12


def test_a_backup_is_restored_by_the_commands_that_are_documented(stack, tmp_path):
    versions = stack.versions()
    backup, restore = documented("docker compose exec -T pipeline tar")
    stack.run(backup, tmp_path)
    assert stack.python("pipeline", "import shutil; shutil.rmtree('/app/var/registry/mnist')").returncode == 0
    assert stack.versions() != versions
    stack.run(restore, tmp_path)
    assert stack.versions() == versions

    promote = ("exec", "-T", "pipeline", "python", "-m", "model", "promote", "champion", "--why", "restored")
    promoted = stack.compose(*promote)
    assert promoted.returncode == 0, promoted.stdout


def test_a_restored_registry_of_root_s_is_told_and_can_be_given_back(stack, tmp_path):
    (give_back,) = documented("docker run")
    take = give_back.replace("numeral /app", "root /app")
    promote = ("exec", "-T", "pipeline", "python", "-m", "model", "promote", "champion", "--why", "restored")
    stack.run(take, tmp_path)
    refused = stack.compose(*promote)
    assert refused.returncode == 1
    assert "Permission denied: uid 10001 must own the registry" in refused.stdout
    stack.run(give_back, tmp_path)
    promoted = stack.compose(*promote)
    assert promoted.returncode == 0, promoted.stdout


def test_a_pipeline_without_a_mirror_waits_and_its_health_check_says_for_what(stack):
    settings = {
        "NUMERAL_MNIST_MIRRORS": "http://127.0.0.1:9/",
        "NUMERAL_DATA": "/tmp/d",
        "NUMERAL_MODEL": "x",
    }
    options = [word for setting in settings.items() for word in ("--env", "=".join(setting))]
    started = stack.compose("run", "--detach", "--no-deps", *options, "pipeline")
    assert started.returncode == 0, started.stdout
    container = started.stdout.split()[-1]

    def state():
        inspected = subprocess.run(["docker", "inspect", container], capture_output=True, check=True).stdout
        return json.loads(inspected)[0]["State"]

    def waits():
        said = [(check["ExitCode"], check["Output"]) for check in state()["Health"]["Log"]]
        return any(code == 1 and "waits for the data" in output for code, output in said)

    try:
        wait_for(waits, 120)
        assert state()["Status"] == "running"
    finally:
        subprocess.run(["docker", "rm", "--force", container], capture_output=True, check=True)


def test_sagemaker_can_start_the_service(stack):
    port = ("--env", "NUMERAL_PORT=8080")
    started = stack.compose("run", "--detach", "--no-deps", *port, "service", "serve")
    assert started.returncode == 0, started.stdout
    container = started.stdout.split()[-1]
    ping = "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:8080/ping').status)"
    command = ["docker", "exec", container, "python", "-c", ping]
    try:
        wait_for(lambda: subprocess.run(command, capture_output=True, check=False).stdout == b"200\n")
    finally:
        subprocess.run(["docker", "rm", "--force", container], capture_output=True, check=True)


def test_the_service_cannot_reach_prefect(stack):
    code = "import socket; socket.create_connection(('prefect-server', 4200), 5)"
    assert stack.python("pipeline", code).returncode == 0
    assert "gaierror" in stack.python("service", code).stdout


def test_the_service_image_holds_no_prefect_no_pipeline_no_compiler_and_no_leftovers(stack):
    modules = "from importlib.util import find_spec; print(*map(find_spec, ('prefect', 'pipeline')))"
    assert stack.python("service", modules).stdout.split() == ["None", "None"]
    compilers = "from shutil import which; print(*map(which, ('gcc', 'cc', 'g++')))"
    assert stack.python("service", compilers).stdout.split() == ["None", "None", "None"]
    leftovers = stack.compose("exec", "-T", "--user", "root", "service", "ls", "-A", "/root/.cache", "/build")
    assert leftovers.stdout.count("No such file or directory") == 2
