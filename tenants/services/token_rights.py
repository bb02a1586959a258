"""Who may rotate or revoke a token, and make one for themselves."""

from __future__ import annotations

from tenants.authorisation import Principal, authority_of, require
from tenants.domain.authority import ORGANISATION, Target
from tenants.models import ApiToken, User
from tenants.models.principal import ServiceAccount
from tenants.services.delegation import refuse_power_of
from vamp.errors import NotAllowed

ROTATE = "create"
REVOKE = "delete"


def refuse_limited(person: User) -> None:
    """Refuse to touch tokens with one that is limited: another could get around the limits.

    Raises:
        NotAllowed: see above.
    """
    held = person.token_used
    if held is not None and (held.rights or held.environment_id or held.expires_at):
        raise NotAllowed(
            "A token that is limited makes no others, and changes none but itself."
            " Log in, or use one without limits."
        )


def refuse_touch(person: Principal, token: ApiToken, verb: str) -> None:
    """Refuse what goes beyond somebody's own tokens without a right.

    Everybody may rotate and revoke their own, and a token itself. Those of agents take ``agent``
    rights in their environment, all others ``token`` rights; whoever rotates a token sees its new
    text, so they must be able to do all that it may.

    Args:
        person: who asks.
        token: of their organisation.
        verb: `ROTATE` or `REVOKE`.

    Raises:
        NotAllowed: see above.
    """
    used = person.token if isinstance(person, ServiceAccount) else person.token_used
    if used == token:
        return
    if isinstance(person, User) and token.user == person:
        refuse_limited(person)
    elif token.agent_of is not None:
        require(person, f"agent.{verb}", Target(token.agent_of.name))
    else:
        require(person, f"token.{verb}", ORGANISATION)
        if verb == ROTATE:
            refuse_power_of(authority_of(person), token)


def may_touch(person: Principal, token: ApiToken, verb: str) -> bool:
    """Tell whether `refuse_touch` would pass."""
    try:
        refuse_touch(person, token, verb)
    except NotAllowed:
        return False
    return True
