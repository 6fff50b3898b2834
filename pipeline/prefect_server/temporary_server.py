"""The temporary server: Prefect's, for one run where PREFECT_API_URL names none; it ends with the run."""

import atexit
import os
import socket
import subprocess
import sys
import tempfile
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from model.errors import NumeralError

STOP_SECONDS = 5


class ServerError(NumeralError):
    """Prefect's temporary server does not start."""


class TemporaryServer:
    """A server in a process of its own, which no signal of a terminal reaches; PREFECT_API_URL names it."""

    def __init__(self) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  as long as the process
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = listener.getsockname()[1]
            inherited = listener.fileno()
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "pipeline.prefect_server"),
                    *("--socket", str(inherited), "--parent", str(os.getpid())),
                ],
                stdin=subprocess.DEVNULL,
                stdout=self._log,  # and not this process's, which would stay open until the server ends
                stderr=self._log,
                pass_fds=[inherited],
                start_new_session=True,
            )
        atexit.register(self._stop)
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{self._port}/api"
        os.environ["PREFECT_UI_URL"] = ""  # it has no pages

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            ServerError: it ended, or did not answer in time.
        """
        seconds = float(os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"])
        # the connection waits in the socket's queue; where the process ends, it is reset
        connection = HTTPConnection("127.0.0.1", self._port, timeout=seconds)
        try:
            connection.request("GET", "/api/health")
            if connection.getresponse().status != HTTPStatus.OK:
                raise ServerError(f"Prefect's temporary server is not well: {self._last_words()}")
        except TimeoutError:
            raise ServerError(f"Prefect's temporary server did not start in {seconds:g} s") from None
        except (OSError, HTTPException):
            raise ServerError(
                f"Prefect's temporary server did not start: {self._last_words()}; "
                f"its state is in {os.environ['PREFECT_HOME']}"
            ) from None
        finally:
            connection.close()

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").split("\n")
        said = [line.strip() for line in lines if "Error" in line] or [line for line in lines if line.strip()]
        return said[-1] if said else "it said nothing"

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
