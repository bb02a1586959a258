"""Hooks: what a release owes to other systems, called until it is delivered or given up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import requests
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from gateways.services.scope import Scope
from policies import events
from policies.domain.effects import CallHooks
from policies.domain.policy import Hook
from policies.models import HookDelivery, Release
from tenants.models import Environment
from vamp.contention import repeated

ACTOR = "vamp:hooks"
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=10)
CLAIM = timedelta(seconds=90)
"""A call in progress is left alone for so long: the longest time-out of a hook, and some."""

BATCH = 50
ANSWER_LENGTH = 500


def request_of(release: Release, hook: Hook, effect: CallHooks) -> dict[str, Any]:
    """Return the call that `hook` is owed, as the delivery's row keeps it.

    The body: ``event``, ``organisation``, ``environment``, ``gateway``, ``release``, ``service``,
    ``source`` and ``target`` (versions), ``step`` (from 1), ``status``, ``reason``.
    """
    environment = release.environment
    return {
        "method": hook.method,
        "headers": dict(hook.headers),
        "timeout_s": hook.timeout.total_seconds(),
        "attempts": hook.retries + 1,
        "body": {
            "event": effect.event.value,
            "organisation": environment.organisation.name,
            "environment": environment.name,
            "gateway": release.gateway.name,
            "release": release.number,
            "service": release.service,
            "source": release.source_version,
            "target": release.target_version,
            "step": effect.step + 1,
            "status": release.status,
            "reason": release.reason,
        },
    }


def deliver_due(environment: Environment) -> int:
    """Make every call of `environment` that is due, each once, outside any transaction.

    A call is claimed by a conditional update first, so two workers never make it at the same time;
    a worker killed midway leaves it to be made again after `CLAIM`. So a hook is called at least
    once: the header ``Vamp-Delivery`` is the same for every attempt.

    Returns:
        How many calls were made.
    """
    made = 0
    now = timezone.now()
    due = (
        HookDelivery.objects.in_environment(environment)
        .filter(next_at__lte=now)
        .select_related("release__gateway")[:BATCH]
    )
    for delivery in due:
        claimed = HookDelivery.objects.in_environment(environment).filter(
            pk=delivery.pk, attempts=delivery.attempts, next_at=delivery.next_at
        )
        if claimed.update(attempts=F("attempts") + 1, next_at=now + CLAIM):
            delivery.attempts += 1
            _keep(environment, delivery, *_call(delivery), now=timezone.now())
            made += 1
    return made


def _call(delivery: HookDelivery) -> tuple[bool, str]:
    wanted: Mapping[str, Any] = delivery.request
    headers = {
        **wanted["headers"],
        "Vamp-Event": delivery.event,
        "Vamp-Delivery": f"{delivery.release_id}-{delivery.pk}",
        "Vamp-Attempt": str(delivery.attempts),
    }
    try:
        answer = requests.request(
            wanted["method"],
            delivery.url,
            json=wanted["body"],
            headers=headers,
            timeout=wanted["timeout_s"],
            allow_redirects=False,
        )
    except requests.RequestException as error:
        return False, f"no answer: {type(error).__name__}"
    return answer.ok, f"answered {answer.status_code} {answer.reason}"


@repeated
def _keep(
    environment: Environment,
    delivery: HookDelivery,
    is_delivered: bool,
    answer: str,
    *,
    now: datetime,
) -> None:
    is_over = is_delivered or delivery.attempts >= delivery.request["attempts"]
    pause = min(LONGEST_RETRY, FIRST_RETRY * 2 ** (delivery.attempts - 1))
    scope = Scope(environment, ACTOR)
    with transaction.atomic(using=scope.database):
        HookDelivery.objects.in_environment(environment).filter(pk=delivery.pk).update(
            next_at=None if is_over else now + pause,
            delivered_at=now if is_delivered else None,
            answer=answer[:ANSWER_LENGTH],
        )
        if is_over:
            scope.emit(
                events.HOOK_DELIVERED if is_delivered else events.HOOK_FAILED,
                {
                    "gateway": delivery.release.gateway.name,
                    "release": delivery.release.number,
                    "event": delivery.event,
                    "attempts": delivery.attempts,
                    "answer": answer[:ANSWER_LENGTH],
                },
            )
