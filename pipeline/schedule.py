"""The schedule: Prefect's server says when, this process trains, one run at a time."""

import json
import os
import re
from collections.abc import Mapping
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound
from prefect.logging import get_logger
from prefect.schedules import Cron
from pydantic import ValidationError

from model.errors import SettingsError
from model.settings import Settings
from pipeline import health
from pipeline.data import wait_for_download
from pipeline.flow import retrain
from pipeline.interruption import interruptible
from pipeline.prefect_server.api import check_api

DEPLOYMENT = "scheduled"
FIELDS = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day of month": (1, 31),
    "month": (1, 12),
    "day of week": (0, 7),
}
STEP = re.compile(r"(?:([0-9]+)-([0-9]+)|[^/]*)/([0-9]+)")

log = get_logger(__name__)


def serve(cron: str, parameters: Mapping[str, Any], *, at_once: bool = False) -> None:
    """Run the flow whenever the cron schedule says so, until the process is stopped.

    The deployment and its schedules stay in Prefect's server when this process ends, and are taken up again
    when it comes back: the runs that were missed meanwhile are made up for, and none is doubled. What people
    changed there stays, until `cron` or `parameters` are others than they were.

    Args:
        cron: five fields, in UTC.
        parameters: of the flow.
        at_once: run it once before, whatever the schedule says, as soon as its data can be had.

    Raises:
        SettingsError: PREFECT_API_URL does not lead to a server, or the schedule is not one.
    """
    _check_cron(cron)
    check_api()
    if at_once:
        with interruptible():
            _train_at_once(parameters)
    health.leave_to_the_runner()
    retrain.serve(
        name=DEPLOYMENT,
        **_deployment(cron, parameters),
        # Kept here and not as the server's global limit: there, a run that a power failure cuts off would
        # hold its slot for minutes, and for good where the server lost the lease with it.
        limit=1,
        pause_on_shutdown=False,
        print_starting_message=False,
    )


def _train_at_once(parameters: Mapping[str, Any]) -> None:
    """Run the flow as soon as its data are here: no run fails meanwhile."""

    def announce(sentence: str) -> None:
        log.warning("%s", sentence)
        health.report(sentence, healthy=False)

    health.report("brings the data of the first version", healthy=True)
    wait_for_download.bring(parameters["dataset"], Settings.from_environment(os.environ), announce)
    health.report("trains the first version", healthy=True)
    retrain(**parameters)


def _deployment(cron: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What the deployment is to be: as people left it in Prefect, unless something else is asked for by now.

    Its version tells what was asked for. Schedules that people added stay in any case.
    """
    asked = {"cron": cron} | {name: value for name, value in parameters.items() if value is not None}
    version = json.dumps(asked, sort_keys=True)
    found = _found()
    schedules = {each.slug or str(each.id): _copy(each) for each in found.schedules} if found else {}
    if found and found.version == version:
        kept = {"parameters": found.parameters, "paused": found.paused, "tags": found.tags}
        return {"version": version, "schedules": list(schedules.values()), **kept}
    schedules.pop(DEPLOYMENT, None)
    ours = Cron(cron, timezone="UTC", slug=DEPLOYMENT)
    return {
        "version": version,
        "schedules": [*schedules.values(), ours],
        "parameters": dict(parameters),
        "paused": False,
    }


def _found() -> DeploymentResponse | None:
    """The deployment that the server has, if it has one."""
    with get_client(sync_client=True) as client:
        try:
            return client.read_deployment_by_name(f"{retrain.name}/{DEPLOYMENT}")
        except ObjectNotFound:
            return None


def _copy(schedule: DeploymentSchedule) -> DeploymentScheduleCreate:
    """A schedule as it is: the server replaces all of a deployment's at once."""
    return DeploymentScheduleCreate(
        schedule=schedule.schedule,
        active=schedule.active,
        parameters=schedule.parameters,
        slug=schedule.slug,
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
