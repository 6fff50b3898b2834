"""A transfer: one file from one URL, resumed from where an earlier one broke."""

from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import requests
from urllib3.exceptions import HTTPError

from model.redaction import redacted
from pipeline.progress import progress

TIMEOUT_SECONDS = (5.0, 30.0)  # to connect, and between bytes
CHUNK_BYTES = 1 << 18
RANGE_NOT_SATISFIABLE = 416
TEMPORARY = {requests.codes.request_timeout, requests.codes.too_many_requests}


class TransferError(Exception):
    """A mirror failed once; it may do better the next time."""


class DeadMirrorError(TransferError):
    """A mirror does not have the right file: asking it again is no use."""


def transfer(url: str, part: Path, most: int) -> None:
    """Bring what is missing of a file into `part`.

    Args:
        url: http, https or file.
        part: what earlier transfers brought of it, if they were broken off.
        most: bytes that it may have.

    Raises:
        TransferError: it broke; what came is kept in `part`.
        DeadMirrorError: the file is not there, or larger than it may be.
        OSError: the disk is full or cannot be written.
    """
    if url.startswith("file:"):
        part.write_bytes(_read(url, most))
        return
    have = part.stat().st_size if part.exists() else 0
    with _opened(url, have) as response:
        if response.status_code == RANGE_NOT_SATISFIABLE and have:
            return  # nothing is missing, as the digest will tell
        _check_status(response)
        name = urlsplit(url).path.rsplit("/", 1)[-1]
        _save(
            response, name, part, have if response.status_code == requests.codes.partial_content else 0, most
        )


def _read(url: str, most: int) -> bytes:
    try:
        path = Path(url2pathname(urlsplit(url).path))
        if not path.is_file():
            raise DeadMirrorError(redacted(f"no such file: {path}"))
        with path.open("rb") as file:
            content = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise DeadMirrorError(redacted(str(error))) from None
    _check_size(len(content), most)
    return content


def _opened(url: str, have: int) -> requests.Response:
    headers = {"Range": f"bytes={have}-"} if have else {}
    try:
        return requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_SECONDS)
    except (OSError, ValueError, HTTPError, HTTPException) as error:
        raise TransferError(_root_cause(error)) from None


def _root_cause(error: BaseException) -> str:
    while error.__context__ is not None:
        error = error.__context__
    return redacted(str(error)) or type(error).__name__


def _check_status(response: requests.Response) -> None:
    if response.ok:
        return
    text = f"HTTP {response.status_code} {response.reason}"
    temporary = response.status_code >= requests.codes.server_error or response.status_code in TEMPORARY
    raise TransferError(text) if temporary else DeadMirrorError(text)


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise DeadMirrorError(f"expected at most {most} bytes, got more")


def _save(response: requests.Response, name: str, part: Path, have: int, most: int) -> None:
    length = response.raw.length_remaining or 0
    with part.open("ab") as file, progress(name, have + length, "bytes") as advance:
        file.truncate(have)
        advance(have, "")
        for chunk in _chunks(response):
            have += len(chunk)
            _check_size(have, most)
            file.write(chunk)
            advance(len(chunk), "")


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """Yield raw bytes: a Content-Encoding of gzip is the file's own compression."""
    try:
        yield from response.raw.stream(CHUNK_BYTES, decode_content=False)
    except (HTTPError, HTTPException) as error:
        raise TransferError(_root_cause(error)) from None
