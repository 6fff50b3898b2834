"""Controls: what tells how much of the difference is the server's, the framework's or the protocol's."""

from pathlib import Path

from benchmarks.contenders.contender import ONE_BLAS_THREAD, OWN_LOADS, ROOT, Contender
from benchmarks.contenders.environments import tree
from benchmarks.contenders.numeral import APPLICATION, CONFIGURATION, WORKERS, settings

COMMIT = "5bfea9d"  # the last one with a web server of its own
GTHREAD_THREADS = 4


def _variables(port: int) -> dict[str, str]:
    return settings(port) | ONE_BLAS_THREAD


def _gunicorn(python: str, code: Path, *arguments: str) -> list[str]:
    return [python, "-m", "gunicorn", "--config", str(code / CONFIGURATION), *arguments]


def _plain_gunicorn(python: str, port: int, worker: str, *arguments: str) -> list[str]:
    served = ("--worker-class", worker, "--workers", str(WORKERS), "--bind", f"127.0.0.1:{port}")
    return [python, "-m", "gunicorn", *served, *arguments]


CEILING = Contender(
    "the ceiling: reads the body, answers {}",
    lambda python, _: _gunicorn(python, ROOT, "benchmarks.contenders.noop:app()"),
    OWN_LOADS,
    "/readyz",
    _variables,
)
FORMER = Contender(
    f"Numeral at commit {COMMIT}",
    lambda python, _: _gunicorn(python, tree(COMMIT), APPLICATION),
    OWN_LOADS,
    "/readyz",
    _variables,
    code=lambda: tree(COMMIT),
)
GTHREAD = Contender(
    f"Numeral on stock gthread, {GTHREAD_THREADS} threads",
    lambda python, port: _plain_gunicorn(
        python, port, "gthread", "--threads", str(GTHREAD_THREADS), APPLICATION
    ),
    OWN_LOADS,
    "/readyz",
    _variables,
)
FLASK = Contender(
    "Flask on stock gevent, the same decoding alone",
    lambda python, port: _plain_gunicorn(python, port, "gevent", "benchmarks.contenders.bare_flask:app()"),
    OWN_LOADS,
    "/readyz",
    _variables,
)
