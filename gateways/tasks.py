"""The work that events and sweeps ask for: text to ids, retries, nothing decided."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial

from celery import shared_task

from gateways.services import drift, publication
from tenants.models import Environment
from tenants.selectors import active_environments, environment_by_id
from vamp.contention import held_apart
from vamp.ports.errors import PortError

log = logging.getLogger("gateways")

RETRIES_S = (0.02, 0.05, 0.1)
"""The path to live traffic tries again within milliseconds; what still fails the sweep takes up."""


@shared_task(name="gateways.publish", ignore_result=True, time_limit=300)
def publish(environment_id: int, first: Sequence[str] = ()) -> None:
    """Publish every stale gateway of one environment, those named `first` before. Idempotent."""
    _with_retries(environment_id, partial(publication.publish_stale, first=first))


@shared_task(name="gateways.publish_manifest", ignore_result=True, time_limit=300)
def publish_manifest(environment_id: int) -> None:
    """Bring shared port and order of agents in one environment's manifest up to date. Idempotent."""
    _with_retries(environment_id, publication.republish_manifest)


def _with_retries(environment_id: int, work: Callable[[Environment], object]) -> None:
    environment = environment_by_id(environment_id)
    if environment is None or not environment.is_active:
        return
    for pause_s in (*RETRIES_S, None):
        try:
            work(environment)
        except PortError as error:
            if pause_s is None:
                log.warning(
                    "publication.failed",
                    extra={**environment.names, "error": str(error)},
                )
                return
            time.sleep(pause_s)
        else:
            return


@shared_task(name="gateways.publish_stale", ignore_result=True, time_limit=300)
def publish_stale() -> None:
    """Ask for publication wherever a gateway is stale: the net under lost events."""
    for environment in active_environments():
        with held_apart("staleness.not_read", **environment.names):
            if publication.is_stale(environment):
                publish.delay(environment.pk)


@shared_task(name="gateways.mend_drift", ignore_result=True, time_limit=600)
def mend_drift() -> None:
    """Look in each environment's store whether it still has what was published there."""
    for environment in active_environments():
        with held_apart("drift.not_looked_at", **environment.names):
            try:
                drift.mend_drift(environment)
            except (PortError, ValueError) as error:
                told = {**environment.names, "error": str(error)}
                log.warning("drift.not_looked_at", extra=told)
