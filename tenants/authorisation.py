"""Who may do what: the one module that every door asks. Nothing is allowed that no binding allows.

What was granted to somebody is read once (one query) and remembered by the organisation's
`access_generation`, which every change of roles, groups, bindings, users and tokens raises in its
own transaction. The generation comes with the row of whoever asks, so a right that was taken away
is gone with the next request, in every process.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import TypeAlias

from django.db.models import F, Q

from tenants.domain.authority import EVERYTHING, NOTHING, Authority, Decision, Grant, Target
from tenants.domain.label_selector import parse
from tenants.domain.rights import BUILTIN, names_of
from tenants.models import ApiToken, Environment, Organisation, RoleBinding, User
from tenants.models.principal import ServiceAccount
from vamp.databases import DEFAULT
from vamp.errors import NotAllowed, NotFound

REMEMBERED = 10_000
"""Authorities kept in memory by a process; one of a hundred bindings is about 100 kB."""

Principal: TypeAlias = User | ServiceAccount


class _Memory:
    """Authorities by whom they are for and the generation that they are of. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[str, int], tuple[int, Authority]] = OrderedDict()

    def clear(self) -> None:
        with self._lock:
            self._held.clear()

    def get(
        self, key: tuple[str, int], generation: int, read: Callable[[], Authority]
    ) -> Authority:
        with self._lock:
            held = self._held.get(key)
        if held is not None and held[0] == generation:
            return held[1]
        authority = read()
        with self._lock:
            self._held[key] = (generation, authority)
            self._held.move_to_end(key)
            while len(self._held) > REMEMBERED:
                self._held.popitem(last=False)
        return authority


_memory = _Memory()


def forget() -> None:
    """Forget what this process remembers, for tests: their ids and generations begin anew."""
    _memory.clear()


def authority_of(principal: Principal) -> Authority:
    """Return all that `principal` may do in their organisation.

    A platform administrator may do everything everywhere. Of a user who came with a token, what
    the token passes on. Cost: one query where their organisation's rights changed since the last
    time in this process, else none, provided that the row came with its organisation.
    """
    if not principal.is_active:
        return NOTHING
    if isinstance(principal, ServiceAccount):
        return _limited(_of_token(principal.token), principal.token)
    if principal.is_platform_administrator:
        whole = EVERYTHING
    elif principal.organisation is None:
        return NOTHING
    else:
        user, generation = principal, principal.organisation.access_generation
        whole = _memory.get(("user", user.pk), generation, lambda: _read(_of_user(user)))
    token = principal.token_used
    return _limited(whole, token) if token is not None else whole


def may(principal: Principal, right: str, target: Target) -> bool:
    """Tell whether `principal` may do `right` to `target`. Cost: see `authority_of`."""
    return decide(principal, right, target).is_allowed


def decide(principal: Principal, right: str, target: Target) -> Decision:
    """Say whether `principal` may do `right` to `target`, and through which binding."""
    return authority_of(principal).decide(right, target, time.time())


def require(principal: Principal, right: str, target: Target, *, what: str = "") -> Decision:
    """Return the decision where `principal` may do `right` to `target`.

    Args:
        principal: who asks.
        right: what for.
        target: on what; its environment must be known to be of their organisation.
        what: the target in words, for the error.

    Raises:
        NotFound: they may not even see the object: the same answer as where there is none.
        NotAllowed: they may see it, and not do this; the message says which right is missing.
    """
    authority, now_s = authority_of(principal), time.time()
    decision = authority.decide(right, target, now_s)
    if decision.is_allowed:
        return decision
    kind = right.partition(".")[0]
    what = what or " ".join(filter(None, (kind, target.name)))
    if target.name and not authority.allows(f"{kind}.view", target, now_s):
        raise NotFound(f"There is no {what}.")
    raise NotAllowed(f"You may not do this: {decision.reason}. An administrator can grant it.")


def require_any(principal: Principal, right: str, environment: str) -> None:
    """Pass where `principal` may do `right` to something in `environment`, perhaps not to all.

    Raises:
        NotAllowed: they may do it to nothing there.
    """
    authority, now_s = authority_of(principal), time.time()
    if not authority.is_everything and not authority.grants_of(right, environment, now_s):
        decision = authority.decide(right, Target(environment), now_s)
        raise NotAllowed(f"You may not do this: {decision.reason}. An administrator can grant it.")
    if authority.is_everything and not authority.allows(right, Target(environment), now_s):
        raise NotAllowed(f"You may not do this: {right} is withheld by the token.")


def require_weight(principal: Principal, right: str, target: Target, weight: int) -> None:
    """Pass where `principal` may raise a version's weight on `target` to `weight`.

    Args:
        principal: who asks; must be allowed `right` as such.
        right: ``gateway.release`` and the like.
        target: the gateway.
        weight: in hundredths of a percent.

    Raises:
        NotAllowed: a binding limits it to less.
    """
    limit = decide(principal, right, target).max_weight
    if limit is not None and weight > limit:
        raise NotAllowed(
            f"You may raise a version on gateway {target.name} up to {limit / 100:g} %, and this is"
            f" {weight / 100:g} %. An administrator can raise the limit of your binding."
        )


def note_change(organisation: Organisation) -> None:
    """Have every process forget who may do what in `organisation`. Call it in the transaction."""
    Organisation.objects.using(DEFAULT).filter(pk=organisation.pk).update(
        access_generation=F("access_generation") + 1
    )


def bindings_of(user: User) -> Iterable[RoleBinding]:
    """Return the bindings that give something to `user`, by themselves or by a group. One query."""
    return _of_user(user)


def bindings_of_service(token: ApiToken) -> Iterable[RoleBinding]:
    """Return the bindings of a service's token. One query."""
    return _whole(RoleBinding.objects.filter(token=token))


def grant_of(binding: RoleBinding) -> Grant:
    """Return what `binding` gives. No query where it was read with its role and subject."""
    builtin = BUILTIN.get(binding.builtin)
    rights = names_of(binding.role.rights) if binding.role else frozenset[str]()
    expires_at = binding.expires_at
    return Grant(
        binding=binding.pk or 0,
        role=binding.role_name,
        subject=binding.subject,
        rights=builtin.rights if builtin else rights,
        environment=binding.environment.name if binding.environment else "",
        selector=parse(binding.selector) if binding.selector else None,
        object_kind=binding.object_kind,
        object_name=binding.object_name,
        expires_at_s=expires_at.timestamp() if expires_at else None,
        max_weight=binding.max_weight,
    )


def _limited(whole: Authority, token: ApiToken) -> Authority:
    rights = names_of(token.rights) if token.rights else None
    environment: Environment | None = token.environment
    if rights is None and environment is None:
        return whole
    return whole.restricted(rights, environment.name if environment else "")


def _of_token(token: ApiToken) -> Authority:
    if token.organisation is None:
        return NOTHING
    generation = token.organisation.access_generation
    rows = bindings_of_service(token)
    return _memory.get(("token", token.pk), generation, lambda: _read(rows))


def _of_user(user: User) -> Iterable[RoleBinding]:
    rows = RoleBinding.objects.filter(organisation_id=user.organisation_id or 0)
    return _whole(rows.filter(Q(user=user) | Q(group__members=user)).distinct())


def _whole(rows: Iterable[RoleBinding]) -> Iterable[RoleBinding]:
    return rows.select_related("role", "environment", "user", "group", "token")  # type: ignore[attr-defined,no-any-return]


def _read(rows: Iterable[RoleBinding]) -> Authority:
    return Authority.of(grant_of(row) for row in rows)
