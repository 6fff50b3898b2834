"""A transfer: one file from one URL, resumed from where an earlier one broke."""

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import requests
from urllib3.exceptions import HTTPError

from pipeline.progress import progress

TIMEOUT_SECONDS = (5.0, 30.0)  # to connect, and between bytes
CHUNK_BYTES = 1 << 18
RANGE_NOT_SATISFIABLE = 416
TEMPORARY = {requests.codes.request_timeout, requests.codes.too_many_requests}


class TransferError(Exception):
    """A mirror failed once; it may do better the next time."""


class DeadMirrorError(TransferError):
    """A mirror does not have the right file: asking it again is no use."""


def transfer(url: str, part: Path) -> None:
    """Bring what is missing of a file into `part`.

    Args:
        url: http, https or file.
        part: what earlier transfers brought of it, if they were broken off.

    Raises:
        TransferError: it broke; what came is kept in `part`.
        DeadMirrorError: the file is not there.
        OSError: the disk is full or cannot be written.
    """
    if url.startswith("file:"):
        try:
            part.write_bytes(Path(url2pathname(urlsplit(url).path)).read_bytes())
        except FileNotFoundError as error:
            raise DeadMirrorError(f"no such file: {error.filename}") from None
        return
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    try:
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_SECONDS) as response:
            if response.status_code == RANGE_NOT_SATISFIABLE and have:
                return  # nothing is missing, as the digest will tell
            _check_status(response)
            _save(response, part, have if response.status_code == requests.codes.partial_content else 0)
    except (requests.RequestException, HTTPError) as error:
        raise TransferError(_root_cause(error)) from None


def _root_cause(error: BaseException) -> str:
    while error.__context__ is not None:
        error = error.__context__
    return str(error) or type(error).__name__


def _check_status(response: requests.Response) -> None:
    if response.ok:
        return
    text = f"HTTP {response.status_code} {response.reason}"
    temporary = response.status_code >= requests.codes.server_error or response.status_code in TEMPORARY
    raise TransferError(text) if temporary else DeadMirrorError(text)


def _save(response: requests.Response, part: Path, have: int) -> None:
    length = int(response.headers.get("Content-Length", 0))
    name = response.url.rsplit("/", 1)[-1]
    with part.open("ab") as file, progress(name, have + length, "bytes") as advance:
        file.truncate(have)
        advance(have, "")
        # raw bytes: a Content-Encoding of gzip is the file's own compression
        for chunk in response.raw.stream(CHUNK_BYTES, decode_content=False):
            file.write(chunk)
            advance(len(chunk), "")
