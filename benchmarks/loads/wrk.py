"""wrk: a load of some connections that ask as soon as they are answered, and what came of it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "{content_type}"
local file = io.open("{body}", "rb")
wrk.body = file:read("*a")
file:close()
function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local p50, p99 = latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  io.write(string.format('{{"requests": %d, "seconds": %f, "failed": %d, "p50": %f, "p99": %f}}\\n',
    summary.requests, summary.duration / 1e6, failed, p50, p99))
end
"""


@dataclass(frozen=True)
class Load:
    """What to ask: a body of some rows."""

    path: str
    content_type: str
    body: bytes
    rows: int


@dataclass(frozen=True)
class Outcome:
    """Requests a second, and milliseconds to an answer."""

    rate: float
    p50: float
    p99: float

    @property
    def tail(self) -> float:
        """How many times the median the 99th percentile is; NaN where nothing was answered."""
        return self.p99 / self.p50 if self.p50 else float("nan")


def run(url: str, load: Load, connections: int, seconds: float) -> Outcome:
    """Load a server for some seconds.

    Raises:
        SystemExit: an answer was no 200, or did not come.
    """
    with TemporaryDirectory() as folder:
        body, script = Path(folder, "body"), Path(folder, "script.lua")
        body.write_bytes(load.body)
        script.write_text(SCRIPT.format(content_type=load.content_type, body=body), encoding="utf-8")
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "60s"]
        command += ["-s", str(script), url + load.path]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    seen = json.loads(said.splitlines()[-1])
    if seen["failed"]:
        raise SystemExit(f"{url}{load.path}: expected nothing but answers of 200, got {seen}")
    return Outcome(seen["requests"] / seen["seconds"], seen["p50"], seen["p99"])
