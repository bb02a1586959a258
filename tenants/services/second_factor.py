"""Who needs a second factor, until when; and taking away one that is lost."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from tenants import events
from tenants.models import Organisation, SecondFactorFor, SignInPolicy, User
from tenants.services.sessions import end_sessions
from vamp import audit, outbox
from vamp.databases import DEFAULT
from vamp.errors import Fault, Invalid

MOST_GRACE_DAYS = 90
CODE_LIFE_S = 120
"""Longer than any code is taken for: half a minute, and one step of the clock to either side."""

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What counts: recovery codes alone are no second factor."""


@dataclass(frozen=True, slots=True)
class Due:
    """Somebody has to set up a second factor.

    Attributes:
        by: until when; at or after that, nothing else is open to them.
        is_overdue: that is now.
    """

    by: datetime
    is_overdue: bool


def policy_of(organisation: Organisation | None) -> SignInPolicy:
    """Return what the organisation asks; one that asks nothing where it never said.

    None asks for what is asked of platform administrators, by one query.
    """
    if organisation is None:
        rows = SignInPolicy.objects.using(DEFAULT)
        return rows.filter(of_platform=True).first() or SignInPolicy(of_platform=True)
    found: SignInPolicy | None = getattr(organisation, "sign_in_policy", None)
    return found or SignInPolicy(organisation=organisation)


def set_policy(
    organisation: Organisation | None, *, second_factor: str, grace_days: int, actor: str
) -> SignInPolicy:
    """Say of whom the organisation asks a second factor, and how long they have to set one up.

    None in place of the organisation says it of platform administrators.

    Raises:
        Invalid: a field is wrong; every fault is listed.
    """
    faults = []
    if second_factor not in SecondFactorFor.values:
        known = ", ".join(SecondFactorFor.values)
        faults.append(Fault("/second_factor", "not known", f"write one of {known}"))
    if not 0 <= grace_days <= MOST_GRACE_DAYS:
        faults.append(Fault("/grace_days", f"write 0 to {MOST_GRACE_DAYS} days"))
    if faults:
        raise Invalid(faults=faults)
    with transaction.atomic(using=DEFAULT):
        rows = SignInPolicy.objects.using(DEFAULT).select_for_update()
        of_platform = None if organisation else True
        held = rows.filter(organisation=organisation, of_platform=of_platform).first()
        policy = held or SignInPolicy(organisation=organisation, of_platform=of_platform)
        before = _told(policy)
        if second_factor == SecondFactorFor.NOBODY:
            policy.required_since = None
        elif policy.required_since is None:
            policy.required_since = timezone.now()
        policy.second_factor, policy.grace_days = second_factor, grace_days
        policy.save()
        _tell(policy, before, actor)
    if organisation:
        organisation.sign_in_policy = policy
    return policy


def _tell(policy: SignInPolicy, before: dict[str, object], actor: str) -> None:
    scope = policy.organisation.name if policy.organisation else ""
    verb = "organisation.sign_in_changed" if scope else "installation.sign_in_changed"
    audit.record(
        actor, verb, "organisation" if scope else "installation", policy.whose,
        using=DEFAULT, organisation=scope, before=before, after=_told(policy),
    )  # fmt: skip
    outbox.emit(
        events.SIGN_IN_CHANGED, using=DEFAULT, organisation=scope or outbox.ORGANISATION_WIDE,
        payload=_told(policy),
    )  # fmt: skip


def due(user: User, *, by_single_sign_on: bool) -> Due | None:
    """Tell whether `user` has still to set up a second factor; None where not.

    Cost: nothing where the organisation asks none of them, else one query. For platform
    administrators one more.
    """
    policy = policy_of(user.organisation)
    if policy.required_since is None or not _asks(policy, by_single_sign_on):
        return None
    if has_factor(user):
        return None
    begun = max(policy.required_since, user.joined_at)
    by = begun + timedelta(days=policy.grace_days)
    return Due(by, timezone.now() >= by)


def has_factor(user: User) -> bool:
    """Tell whether `user` has a second factor. One query."""
    rows = Authenticator.objects.using(DEFAULT).filter(user=user, type__in=FACTORS)
    return bool(rows.exists())


def factors_of(user: User) -> list[Authenticator]:
    """Return the second factors of `user`, and the recovery codes. One query."""
    return list(Authenticator.objects.using(DEFAULT).filter(user=user).order_by("pk"))


def spend_code(authenticator: Authenticator, code: str) -> bool:
    """Use up a code of an authenticator app, whichever process is asked, until it has run out.

    Returns:
        False where it was used before: somebody looked over a shoulder.
    """
    now_s = int(timezone.now().timestamp())
    used = hashlib.sha256(f"{authenticator.pk}:{code.strip()}".encode()).hexdigest()
    with transaction.atomic(using=DEFAULT):
        row = Authenticator.objects.using(DEFAULT).select_for_update().get(pk=authenticator.pk)
        spent = {
            each: at_s
            for each, at_s in row.data.get("spent", {}).items()
            if now_s - at_s < CODE_LIFE_S
        }
        if used in spent:
            return False
        row.data["spent"] = {**spent, used: now_s}
        row.save(update_fields=["data"])
    return True


def note_change(user: User, verb: str, kind: str, *, actor: str) -> None:
    """Tell the audit trail and the stream that a factor was set up or removed by its owner."""
    scope = user.organisation.name if user.organisation else ""
    with transaction.atomic(using=DEFAULT):
        audit.record(
            actor, f"user.{verb}", "user", user.login, using=DEFAULT, organisation=scope,
            after={"factor": kind},
        )  # fmt: skip
        outbox.emit(
            events.SECOND_FACTOR_CHANGED, using=DEFAULT,
            organisation=scope or outbox.ORGANISATION_WIDE,
            payload={"user": user.login, "change": verb, "factor": kind},
        )  # fmt: skip


def reset(user: User, *, actor: str) -> int:
    """Take all second factors and recovery codes from somebody who lost them; sessions end.

    Returns:
        How many there were. Idempotent.
    """
    found = factors_of(user)
    if not found:
        return 0
    with transaction.atomic(using=DEFAULT):
        Authenticator.objects.using(DEFAULT).filter(user=user).delete()
        note_change(user, "factors_reset", ", ".join(sorted(each.type for each in found)),
                    actor=actor)  # fmt: skip
        end_sessions(user, actor=actor)
    return len(found)


def _asks(policy: SignInPolicy, by_single_sign_on: bool) -> bool:
    if policy.second_factor == SecondFactorFor.PASSWORDS:
        return not by_single_sign_on
    return policy.second_factor == SecondFactorFor.EVERYBODY


def _told(policy: SignInPolicy) -> dict[str, object]:
    return {"second_factor": str(policy.second_factor), "grace_days": policy.grace_days}
