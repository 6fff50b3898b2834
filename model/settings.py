"""Settings: NUMERAL_* environment variables, read once, at start. docs/operations.md has the same table."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from model.cores import available
from model.errors import SettingsError
from model.redaction import redacted

PREFIX = "NUMERAL_"
ROOT_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+")
ORIGIN = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
CORES = available()
MNIST_MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
FASHION_MNIST_MIRRORS = (
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)


def _whole(least: int, most: int = 2**31) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return read


def _cores(text: str) -> int:
    return min(_whole(1, 1024)(text), CORES)


def _number(least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise ValueError(f"a number from {least:g} to {most:g}")
        return value

    return read


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError("a value that is not empty")
    return text


def _folder(text: str) -> Path:
    if "://" in text:  # or a folder of that name would be made
        raise ValueError("a folder, and no URL")
    return Path(_text(text))


def _host(text: str) -> str:
    text = _text(text)
    return text[1:-1] if text.startswith("[") and text.endswith("]") else text


def _networks(text: str) -> str:
    networks = [network.strip() for network in text.split(",")]
    try:
        for network in networks:
            if network != "*":
                ipaddress.ip_network(network)
    except ValueError:
        raise ValueError("addresses and networks, separated by commas, or *") from None
    return ",".join(networks)


def _root_path(text: str) -> str:
    path = text.rstrip("/")
    if path and not ROOT_PATH.fullmatch(path):
        raise ValueError("a path such as /numeral, of letters, digits, '.', '_', '~' and '-'")
    return path


def _origins(text: str) -> tuple[str, ...]:
    origins = [origin.strip().lower().rstrip("/") for origin in text.split(",") if origin.strip()]
    if not all(origin == "*" or ORIGIN.fullmatch(origin) for origin in origins):
        raise ValueError("origins such as https://example.org, separated by commas, or * for any")
    ports = {"http": ":80", "https": ":443"}  # browsers leave them out
    return tuple(origin.removesuffix(ports.get(origin.partition(":")[0], "")) for origin in origins)


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("a name in one line of printable text")
    return text


def _urls(text: str) -> tuple[str, ...]:
    urls = tuple(url.strip() for url in text.split(",") if url.strip())
    if not urls or not all(url.startswith(("http://", "https://", "file:///")) for url in urls):
        raise ValueError("http://, https:// or file:/// URLs, separated by commas")
    return tuple(url.rstrip("/") + "/" for url in urls)


def _setting(default: Any, read: Callable[[str], Any], meaning: str) -> Any:
    return field(default=default, metadata={"read": read, "meaning": meaning})


@dataclass(frozen=True)
class Settings:
    """Every setting of Numeral with its default; the variable is the name in capitals after NUMERAL_."""

    host: str = _setting("127.0.0.1", _host, "address to listen on")
    port: int = _setting(8000, _whole(0, 65535), "port to listen on; 0 takes a free one")
    trusted_proxies: str = _setting(
        "127.0.0.1,::1", _networks, "addresses and networks of proxies whose X-Forwarded headers are believed"
    )
    root_path: str = _setting("", _root_path, "path under which a proxy has the service, such as `/numeral`")
    cors_origins: tuple[str, ...] = _setting(
        (), _origins, "origins whose pages may call, separated by commas; `*` for any"
    )
    model: str = _setting("mnist", _text, "name of the model to train, publish and serve")
    registry: Path = _setting(Path("var/registry"), _folder, "folder of the registry")
    data: Path = _setting(Path("var/data"), _folder, "folder of downloaded data")
    actor: str | None = _setting(None, _name, "who the log of the registry says it was")
    mnist_mirrors: tuple[str, ...] = _setting(MNIST_MIRRORS, _urls, "where MNIST is, tried in order")
    fashion_mnist_mirrors: tuple[str, ...] = _setting(
        FASHION_MNIST_MIRRORS, _urls, "where Fashion-MNIST is, tried in order"
    )
    gate_floor: float = _setting(0.85, _number(0, 1), "accuracy that a champion must reach on the test set")
    gate_recall_floor: float = _setting(
        0.5, _number(0, 1), "share of each class's test examples that a champion must recognise"
    )
    cores: int = _setting(CORES, _cores, "cores to use at most")
    workers: int = _setting(CORES, _whole(1, 1024), "processes that serve")
    threads: int = _setting(2, _whole(1, 1024), "threads of a process for requests that take long")
    request_timeout_ms: int = _setting(5000, _whole(1), "most that a request may wait")
    queue_bytes: int = _setting(
        256 * 1024 * 1024,
        _whole(1),
        "most bytes of requests and answers in a process",
    )
    body_seconds: int = _setting(60, _whole(1, 3600), "time in which a request's body must come")
    reload_seconds: float = _setting(1.0, _number(0.01, 3600), "time between looks at the registry")
    max_body_bytes: int = _setting(32 * 1024 * 1024, _whole(1), "largest request body")
    max_rows: int = _setting(10_000, _whole(1), "most instances in a request")
    drain_seconds: int = _setting(30, _whole(1, 3600), "time that accepted requests have to end at SIGTERM")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """The settings that an environment gives.

        Raises:
            SettingsError: a NUMERAL_* variable is not a setting, or its value is none that it takes.
        """
        settings = {PREFIX + setting.name.upper(): setting for setting in fields(cls)}
        values: dict[str, Any] = {}
        for variable, text in environment.items():
            if not variable.startswith(PREFIX):
                continue
            if variable not in settings:
                raise SettingsError(f"{variable}: no such setting; the settings are {', '.join(settings)}")
            try:
                values[settings[variable].name] = settings[variable].metadata["read"](text)
            except ValueError as error:
                raise SettingsError(f"{variable}: expected {error}, got {redacted(text)!r}") from None
        if "cores" in values:
            values.setdefault("workers", values["cores"])
        return cls(**values)
