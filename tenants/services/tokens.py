"""API tokens: made, rotated, revoked. Their text is shown once and kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from tenants import events
from tenants.domain.rights import unknown
from tenants.models import ApiToken, Environment, Organisation, User
from tenants.models.token import NAME_LENGTH, PREFIX_LENGTH
from tenants.services import events_key_ends
from tenants.services.standing import require_active, require_kept
from tenants.services.telling import remove, saving, tell
from vamp import audit, outbox
from vamp.databases import DEFAULT
from vamp.errors import Conflict, Fault, Invalid

LONGEST_GRACE = timedelta(days=30)


def create_token(
    name: str,
    *,
    actor: str,
    user: User | None = None,
    agent_of: Environment | None = None,
    service_of: Organisation | None = None,
    rights: Sequence[str] = (),
    environment: Environment | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for a user, for the agents of an environment, or for a service.

    Args:
        name: unique in its organisation.
        actor: who does it, for the audit trail.
        user: whom it stands for.
        agent_of: whose agents it is for.
        service_of: whose service it is for: bindings of its own say what that may do.
        rights: of all that the user may do only this; empty for all. Not for agents.
        environment: only in this one; None for all. Not for agents.
        expires_at: until when; None for good.

    Returns:
        The row, and the text, which is shown this once and kept nowhere.

    Raises:
        Invalid: not exactly one of `user`, `agent_of` and `service_of` is given, or a value is
            wrong; every fault is listed.
        Conflict: the organisation has a token of that name.
        NotActive: organisation or environment is archived or being deleted.
    """
    owners = [owner for owner in (user, agent_of, service_of) if owner is not None]
    faults = _faults(name, rights, expires_at)
    if len(owners) != 1:
        message = "a token is a user's, an environment's agents' or a service's"
        faults.append(Fault("", message, "name one of the three"))
    if agent_of is not None and (rights or environment):
        faults.append(Fault("/rights", "an agent's token opens the agents' doors alone"))
    if faults:
        raise Invalid(faults=faults)
    _require_standing(user, agent_of, service_of, actor)
    text = ApiToken.new_text()
    organisation = _organisation(user, agent_of, service_of)
    token = ApiToken(
        name=name,
        organisation=organisation,
        user=user,
        agent_of=agent_of,
        rights=list(rights),
        environment=environment,
        prefix=text[:PREFIX_LENGTH],
        digest=ApiToken.digest_of(text),
        expires_at=expires_at,
    )
    taken = Fault("/name", f"there is a token {name} already")
    if ApiToken.objects.filter(organisation=organisation, name=name).exists():
        raise Conflict(faults=[taken])
    with saving(taken):
        token.save()
        _tell(token, events.TOKEN_CREATED, actor)
    return token, text


def rotate_token(token: ApiToken, *, actor: str, grace: timedelta = timedelta()) -> str:
    """Give the token another text, and return it; the present one holds on for `grace`.

    Rotated twice within the grace, the text before the last ends at once. What agents were given
    with a text, to hear events with, ends as the text does: they need a new one of that as well.

    Raises:
        Invalid: the grace is longer than `LONGEST_GRACE`.
        Conflict: the token was just revoked.
    """
    if not timedelta() <= grace <= LONGEST_GRACE:
        raise Invalid(faults=[Fault("/grace", f"at most {LONGEST_GRACE.days} days")])
    text = ApiToken.new_text(token.prefix)
    with saving(Fault("", "the token was just revoked", "make another one")):
        token.previous_digest = token.digest if grace else ""
        token.previous_until = timezone.now() + grace if grace else None
        token.digest = ApiToken.digest_of(text)
        token.save(update_fields=["digest", "previous_digest", "previous_until"])
        events_key_ends.end_former(token, due_at=token.previous_until or timezone.now())
        _tell(token, events.TOKEN_ROTATED, actor)
    return text


def revoke_token(token: ApiToken, *, actor: str) -> None:
    """Make the token worthless at once; what its agents hear events with, as its event is heard.

    Where the event stream's server is away, that ends once it is back.

    Raises:
        Conflict: it was revoked already.
    """
    with saving(Fault("", "another change was faster", "look again")):
        _tell(token, events.TOKEN_REVOKED, actor)
        events_key_ends.end_with(token)
        remove(token)


def _require_standing(
    user: User | None, agent_of: Environment | None, service_of: Organisation | None, actor: str
) -> None:
    """Agents of an archived environment serve on, and Vamp's own parts keep them in tokens."""
    if agent_of is not None:
        is_vamp = actor.startswith("vamp:")
        (require_kept if is_vamp else require_active)(agent_of)
    elif (organisation := _organisation(user, None, service_of)) is not None:
        require_active(organisation)


def _organisation(
    user: User | None, agent_of: Environment | None, service_of: Organisation | None
) -> Organisation | None:
    if agent_of is not None:
        return agent_of.organisation
    return service_of if user is None else user.organisation


def _faults(name: str, rights: Sequence[str], expires_at: datetime | None) -> list[Fault]:
    faults = []
    if not 0 < len(name) <= NAME_LENGTH:
        faults.append(Fault("/name", f"a name has 1 to {NAME_LENGTH} characters"))
    for place, pattern in enumerate(rights):
        if unknown([pattern]):
            hint = "such as gateway.view or release.*"
            faults.append(Fault(f"/rights/{place}", f"{pattern[:80]!r} is no right", hint))
    if expires_at is not None and expires_at <= timezone.now():
        faults.append(Fault("/expires_at", "this time is past"))
    return faults


def _tell(token: ApiToken, event: str, actor: str) -> None:
    if token.organisation is not None:
        of_agents = {"token_id": token.pk, "environment_id": token.agent_of_id}
        more = of_agents if token.agent_of_id else None
        tell(token.organisation, event, token.name, actor=actor, more=more)
        return
    verb = event.removeprefix("tenants.")
    audit.record(actor, verb, "token", token.name, using=DEFAULT, organisation="")
    outbox.emit(
        event,
        using=DEFAULT,
        organisation=outbox.ORGANISATION_WIDE,
        payload={"name": token.name},
    )
