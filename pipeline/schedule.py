"""The schedule: Prefect's server says when, this process trains, one run at a time."""

import os
from collections.abc import Mapping
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.schedules import CronSchedule
from prefect.schedules import Cron
from pydantic import ValidationError

from model.errors import SettingsError
from pipeline.flow import retrain

DEPLOYMENT = "scheduled"


def serve(cron: str, parameters: Mapping[str, Any], *, at_once: bool = False) -> None:
    """Run the flow whenever the cron schedule says so, until the process is stopped.

    The deployment and its schedule stay in Prefect's server when this process ends, and are taken up again
    when it comes back: the runs that were missed meanwhile are made up for, and none is doubled.

    Args:
        cron: five fields, in UTC.
        parameters: of the flow.
        at_once: run it once before, whatever the schedule says.

    Raises:
        SettingsError: PREFECT_API_URL does not lead to a server, or the schedule is not one.
    """
    _check(cron)
    if at_once:
        retrain(**parameters)
    retrain.serve(
        name=DEPLOYMENT,
        schedule=Cron(cron, timezone="UTC", slug=DEPLOYMENT),
        parameters=dict(parameters),
        # Kept here and not as the server's global limit: there, a run that a power failure cuts off would
        # hold its slot for minutes, and for good where the server lost the lease with it.
        limit=1,
        pause_on_shutdown=False,
        print_starting_message=False,
    )


def _check(cron: str) -> None:
    url = os.environ.get("PREFECT_API_URL")
    if not url:
        raise SettingsError(
            "PREFECT_API_URL: expected the URL of a Prefect server, as http://127.0.0.1:4200/api"
        )
    try:
        CronSchedule(cron=cron, timezone="UTC")
    except ValidationError as error:
        raise SettingsError(f"--cron: expected five fields such as '0 3 * * *', got {cron!r}") from error
    with get_client(sync_client=True) as client:
        failure = client.api_healthcheck()
    if failure:
        raise SettingsError(f"PREFECT_API_URL: expected a Prefect server at {url}, got: {failure}")
