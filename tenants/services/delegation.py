"""What keeps people from giving away, or taking for themselves, more than they have."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext

from django.db.models import F, Q

from tenants.authorisation import bindings_of, bindings_of_service, grant_of
from tenants.domain.authority import Authority, Grant
from tenants.domain.rights import ADMINISTRATOR
from tenants.models import ApiToken, Organisation, RoleBinding, User
from vamp.errors import Conflict, Fault, NotAllowed

_NAMED = 5


def refuse_beyond(authority: Authority, wanted: Grant) -> None:
    """Refuse to have `wanted` given by somebody who lacks any of it.

    Raises:
        NotAllowed: naming what they lack.
    """
    lacking = authority.covers(wanted, time.time())
    if lacking:
        more = f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else ""
        raise NotAllowed(
            f"You cannot give what you do not have on {wanted.scope}: "
            f"{', '.join(lacking[:_NAMED])}{more}."
        )


def refuse_beyond_all(authority: Authority, rows: Iterable[RoleBinding]) -> None:
    """The same for all that `rows` give."""
    for row in rows:
        refuse_beyond(authority, grant_of(row))


def refuse_power_over(authority: Authority, user: User) -> None:
    """Refuse to let somebody act as `user`, as by a new password, who may do less than they.

    Raises:
        NotAllowed: see above.
    """
    if user.is_platform_administrator and not authority.is_unlimited:
        raise NotAllowed("Only a platform administrator may do this to a platform administrator.")
    refuse_beyond_all(authority, bindings_of(user))


def refuse_power_of(authority: Authority, token: ApiToken) -> None:
    """Refuse to show a text of `token` to somebody who may do less than whom it stands for.

    Raises:
        NotAllowed: see above.
    """
    if token.user is not None:
        refuse_power_over(authority, token.user)
    else:
        refuse_beyond_all(authority, bindings_of_service(token))


def administrators(organisation: Organisation) -> set[int]:
    """Return the ids of the users who are administrators of all of `organisation`, for good.

    One query. Bindings with a limit in time, weight or reach do not count.
    """
    rows = RoleBinding.objects.filter(
        organisation=organisation,
        builtin=ADMINISTRATOR,
        environment=None,
        selector="",
        object_name="",
        expires_at=None,
        max_weight=None,
    )
    users = User.objects.filter(is_active=True, organisation=organisation)
    by_group = Q(member_of__bindings__in=rows)
    return set(users.filter(Q(bindings__in=rows) | by_group).values_list("pk", flat=True))


class LastAdministrator(AbstractContextManager[None]):
    """Refuses what would leave an organisation without an administrator; used with ``with``.

    Enter it within the transaction of the change, leave it after the change and before the commit.
    The row of the organisation is locked meanwhile, so that two do not remove each other.
    """

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self._were_any = False

    def __enter__(self) -> None:
        # An update locks on MySQL and SQLite alike.
        Organisation.objects.filter(pk=self._organisation.pk).update(
            access_generation=F("access_generation") + 1
        )
        self._were_any = bool(administrators(self._organisation))

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None and self._were_any and not administrators(self._organisation):
            message = f"{self._organisation} would be left without an administrator"
            hint = "make somebody else administrator first: active, and without end or limit"
            raise Conflict(faults=[Fault("", message, hint)])


def keeping_an_administrator(user: User) -> AbstractContextManager[None]:
    """Return `LastAdministrator` for the organisation of `user`; nothing for who has none."""
    return nullcontext() if user.organisation is None else LastAdministrator(user.organisation)
