"""Prefect's API: whether there is one at PREFECT_API_URL, and a sentence where it fails."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from model.errors import NumeralError, SettingsError
from model.redaction import redacted

SECONDS = 10.0


class ApiError(NumeralError):
    """Prefect's server failed while it was needed."""


def check_api() -> None:
    """Ask the server for its version.

    Raises:
        SettingsError: PREFECT_API_URL is not set, or does not lead to a server.
    """
    url = os.environ.get("PREFECT_API_URL")
    if not url:
        raise SettingsError(
            "PREFECT_API_URL: expected the URL of a Prefect server, as http://127.0.0.1:4200/api"
        )
    try:
        with (
            temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}),
            get_client(sync_client=True, httpx_settings={"timeout": SECONDS}) as client,
        ):
            client.api_version()
    except (
        httpx.HTTPError,
        httpx.InvalidURL,
        ValueError,
        ImportError,
    ) as error:  # without what a proxy needs
        raise SettingsError(
            f"PREFECT_API_URL: expected a Prefect server at {redacted(url)}, got: {_said(error)}"
        ) from None


@contextmanager
def api() -> Iterator[None]:
    """Use the API for what is inside.

    Raises:
        SettingsError: as by `check_api`.
        ApiError: the server failed later.
    """
    check_api()
    try:
        yield
    except httpx.HTTPError as error:
        raise ApiError(
            f"Prefect's server at {redacted(os.environ['PREFECT_API_URL'])}: {_said(error)}"
        ) from None


def _said(error: Exception) -> str:
    return redacted(str(error).split("\n", 1)[0]) or type(error).__name__
