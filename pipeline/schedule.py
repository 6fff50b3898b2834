"""The schedule: Prefect's server says when, this process trains, one run at a time."""

import re
from collections.abc import Mapping
from typing import Any

from prefect.client.schemas.schedules import CronSchedule
from prefect.schedules import Cron
from pydantic import ValidationError

from model.errors import SettingsError
from pipeline.flow import retrain
from pipeline.interruption import interruptible
from pipeline.prefect_api import check_api

DEPLOYMENT = "scheduled"
FIELDS = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day of month": (1, 31),
    "month": (1, 12),
    "day of week": (0, 7),
}
STEP = re.compile(r"(?:([0-9]+)-([0-9]+)|[^/]*)/([0-9]+)")


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
    _check_cron(cron)
    check_api()
    if at_once:
        with interruptible():
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


def _check_cron(cron: str) -> None:
    """Refuse what Prefect takes and nobody means, too: a sixth field, of seconds, and steps to nowhere."""
    fields = cron.split()
    try:
        CronSchedule(cron=cron, timezone="UTC")
    except ValidationError:
        fields = []
    if len(fields) != len(FIELDS):
        raise SettingsError(f"--cron: expected five fields such as '0 3 * * *', got {cron!r}")
    for field, (name, (least, most)) in zip(fields, FIELDS.items(), strict=True):
        for first, last, step in STEP.findall(field):
            span = int(last) - int(first) if last else most - least
            if int(step) > span:
                raise SettingsError(f"--cron: {name}: expected a step of at most {span}, got {field!r}")
