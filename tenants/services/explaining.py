"""Asking on somebody's behalf, and telling the answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tenants.authorisation import Principal, decide
from tenants.domain.authority import ORGANISATION, Decision
from tenants.labels import target_in
from tenants.models import Environment, Organisation
from vamp.documents.units import format_percent


def asked_of(
    principal: Principal,
    right: str,
    organisation: Organisation,
    environment: Environment | None,
    name: str,
) -> Decision:
    """Say whether `principal` may do `right` in `organisation`, just as a door would decide.

    Args:
        principal: on whose behalf.
        right: ``<kind>.<verb>``.
        organisation: where; somebody of another organisation may do nothing there.
        environment: likewise; None for what is the organisation's.
        name: of one object; empty for all.
    """
    is_member = principal.organisation_id in (None, organisation.pk)
    if not is_member:
        return Decision(right, is_allowed=False)
    if environment is None:
        return decide(principal, right, ORGANISATION)
    return decide(principal, right, target_in(environment, right.partition(".")[0], name))


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def shown(decision: Decision) -> dict[str, Any]:
    """Return a decision as the API shows it."""
    grant = decision.because
    because = None
    if grant is not None:
        limit = decision.max_weight
        because = {
            "binding": grant.binding,
            "role": grant.role,
            "subject": grant.subject,
            "scope": grant.scope,
            "expires_at": _time(grant.expires_at_s),
            "max_weight": None if limit is None else format_percent(limit),
        }
    return {
        "allowed": decision.is_allowed,
        "right": decision.right,
        "reason": decision.reason,
        "because": because,
    }
