"""The schedule: Prefect's server says when, this process trains, one run at a time."""

import os
from collections.abc import Mapping
from typing import Any

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.client.schemas.schedules import CronSchedule
from prefect.schedules import Cron
from pydantic import ValidationError

from model.errors import SettingsError
from pipeline.flow import retrain

DEPLOYMENT = "scheduled"


def serve(cron: str, parameters: Mapping[str, Any]) -> None:
    """Run the flow whenever the cron schedule says so, until the process is stopped.

    The deployment and its schedule stay in Prefect's server when this process ends, and are taken up again
    when it comes back: a run that was missed meanwhile is made up for once, and none is doubled.

    Args:
        cron: five fields, in UTC.
        parameters: of the flow.

    Raises:
        SettingsError: PREFECT_API_URL is not set, or the schedule is not one.
    """
    if not os.environ.get("PREFECT_API_URL"):
        raise SettingsError(
            "PREFECT_API_URL: expected the URL of a Prefect server, as http://127.0.0.1:4200/api"
        )
    try:
        CronSchedule(cron=cron, timezone="UTC")
    except ValidationError as error:
        raise SettingsError(f"--cron: expected five fields such as '0 3 * * *', got {cron!r}") from error
    retrain.serve(
        name=DEPLOYMENT,
        schedule=Cron(cron, timezone="UTC", slug=DEPLOYMENT),
        parameters=dict(parameters),
        limit=1,
        global_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        pause_on_shutdown=False,
        print_starting_message=False,
    )
