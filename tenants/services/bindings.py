"""Bindings: what gives a role to somebody, somewhere, perhaps for a time or up to a limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from tenants import events
from tenants.authorisation import grant_of
from tenants.domain import label_selector
from tenants.domain.authority import WHOLE, Authority
from tenants.domain.rights import BUILTIN, OBJECT_KINDS
from tenants.models import ApiToken, Environment, Group, Organisation, Role, RoleBinding, User
from tenants.services.delegation import LastAdministrator, refuse_beyond
from tenants.services.telling import remove, saving, tell
from vamp.documents.units import format_percent
from vamp.errors import Conflict, Fault, Invalid

MOST_BINDINGS = 10_000
"""Of one organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A binding to be made, by names.

    Attributes:
        role: one that Vamp brings along, or one of the organisation's own.
        user: a login; group, token: a name. Exactly one of the three.
        environment: where; empty for the organisation with all its environments.
        selector: only objects with such labels.
        object: only this one, such as ``gateway/shop``; needs an environment.
        expires_at: until when; None for good.
        max_weight: most that a version's weight may be raised to, in hundredths of a percent.
    """

    role: str
    user: str = ""
    group: str = ""
    token: str = ""
    environment: str = ""
    selector: str = ""
    object: str = ""
    expires_at: datetime | None = None
    max_weight: int | None = None


def bind(
    organisation: Organisation, wanted: Wanted, *, actor: str, authority: Authority
) -> RoleBinding:
    """Give a role.

    Args:
        organisation: whose role, whose user, whose environment.
        wanted: what is given, to whom, where.
        actor: who does it, for the audit trail.
        authority: of whom; they must have all that they give.

    Raises:
        Invalid: something that is named is not there or does not go together; every fault is
            listed.
        Conflict: the same was given already.
        NotAllowed: `authority` lacks some of it.
    """
    binding = _made(organisation, wanted, actor)
    refuse_beyond(authority, grant_of(binding))
    with saving(Fault("", "what it names was just deleted", "look again")):
        _refuse_repetition(binding)
        binding.save()
        tell(
            organisation, events.BINDING_CREATED, str(binding.pk), actor=actor, after=shown(binding)
        )
    return binding


def unbind(binding: RoleBinding, *, actor: str) -> None:
    """Take away what the binding gives, at once and in every process.

    Raises:
        Conflict: the organisation would be left without an administrator.
    """
    organisation = binding.organisation
    with saving(Fault("", "another change was faster", "look again")):
        tell(
            organisation,
            events.BINDING_DELETED,
            str(binding.pk),
            actor=actor,
            before=shown(binding),
        )
        with LastAdministrator(organisation):
            remove(binding)


def change_binding(
    binding: RoleBinding,
    *,
    actor: str,
    authority: Authority,
    expires_at: datetime | None,
    max_weight: int | None,
) -> RoleBinding:
    """Change how long the binding holds, and up to which weight; see `bind`."""
    faults = [*_time_faults(expires_at), *_weight_faults(max_weight)]
    if faults:
        raise Invalid(faults=faults)
    before = shown(binding)
    binding.expires_at, binding.max_weight = expires_at, max_weight
    refuse_beyond(authority, grant_of(binding))
    with saving(Fault("", "another change was faster", "look again")):
        with LastAdministrator(binding.organisation):
            binding.save(update_fields=["expires_at", "max_weight"])
        tell(
            binding.organisation, events.BINDING_CHANGED, str(binding.pk),
            actor=actor, before=before, after=shown(binding),
        )  # fmt: skip
    return binding


def shown(binding: RoleBinding) -> dict[str, Any]:
    """Return a binding as the API and the audit trail show it."""
    return {
        "id": binding.pk,
        "role": binding.role_name,
        "user": binding.user.login if binding.user else "",
        "group": binding.group.name if binding.group else "",
        "token": binding.token.name if binding.token else "",
        "environment": binding.environment.name if binding.environment else "",
        "selector": binding.selector,
        "object": f"{binding.object_kind}/{binding.object_name}" if binding.object_name else "",
        "expires_at": binding.expires_at.isoformat() if binding.expires_at else None,
        "max_weight": None if binding.max_weight is None else format_percent(binding.max_weight),
        "created_by": binding.created_by,
    }


def _made(organisation: Organisation, wanted: Wanted, actor: str) -> RoleBinding:
    faults: list[Fault] = []
    binding = RoleBinding(
        organisation=organisation,
        selector=wanted.selector.strip(),
        expires_at=wanted.expires_at,
        max_weight=wanted.max_weight,
        created_by=actor,
    )
    faults += _set_role(binding, wanted.role)
    faults += _set_subject(binding, wanted)
    faults += _set_place(binding, wanted)
    faults += [*_time_faults(wanted.expires_at), *_weight_faults(wanted.max_weight)]
    if faults:
        raise Invalid(faults=faults)
    return binding


def _set_role(binding: RoleBinding, name: str) -> list[Fault]:
    if name in BUILTIN:
        binding.builtin = name
        return []
    binding.role = Role.objects.filter(organisation=binding.organisation, name=name).first()
    if binding.role is not None:
        return []
    own = binding.organisation.roles.values_list("name", flat=True)[:20]
    known = ", ".join([*BUILTIN, *own])
    return [Fault("/role", f"there is no role {name[:70]!r}", f"there are {known}")]


def _set_subject(binding: RoleBinding, wanted: Wanted) -> list[Fault]:
    organisation = binding.organisation
    given = [name for name in ("user", "group", "token") if getattr(wanted, name)]
    if len(given) != 1:
        return [Fault("", "a role is given to one user, group or token", "name exactly one")]
    kind, name = given[0], getattr(wanted, given[0])
    rows: dict[str, Any] = {
        "user": User.objects.filter(organisation=organisation, login=name),
        "group": Group.objects.filter(organisation=organisation, name=name),
        "token": ApiToken.objects.filter(organisation=organisation, name=name),
    }
    found = rows[kind].first()
    if found is None:
        return [Fault(f"/{kind}", f"{organisation} has no {kind} {name[:130]!r}")]
    if isinstance(found, ApiToken) and not found.is_service:
        hint = "limit it with its own `rights` and `environment`"
        message = f"token {name} acts for somebody, and may do what they may"
        return [Fault("/token", message, hint)]
    setattr(binding, kind, found)
    return []


def _set_place(binding: RoleBinding, wanted: Wanted) -> list[Fault]:
    faults: list[Fault] = []
    if wanted.environment:
        rows = Environment.objects.filter(organisation=binding.organisation)
        binding.environment = rows.filter(name=wanted.environment).first()
        if binding.environment is None:
            message = f"there is no environment {binding.organisation}/{wanted.environment[:70]}"
            faults.append(Fault("/environment", message))
    if wanted.selector and wanted.object:
        faults.append(Fault("/selector", "a selector and an object exclude each other"))
    if wanted.selector:
        try:
            label_selector.parse(wanted.selector)
        except Invalid as error:
            faults += error.faults
    if wanted.object:
        faults += _set_object(binding, wanted)
    return faults


def _set_object(binding: RoleBinding, wanted: Wanted) -> list[Fault]:
    kind, slash, name = wanted.object.partition("/")
    if kind not in OBJECT_KINDS or not slash or not 0 < len(name) <= 63:
        hint = f"such as gateway/shop; kinds: {', '.join(OBJECT_KINDS)}"
        return [Fault("/object", f"{wanted.object[:80]!r} names no object", hint)]
    binding.object_kind, binding.object_name = kind, name
    if wanted.environment:
        return []
    return [Fault("/environment", "an object lies in an environment", "name it")]


def _refuse_repetition(binding: RoleBinding) -> None:
    same = {
        name: getattr(binding, name)
        for name in (
            *("organisation", "role", "builtin", "user", "group", "token"),
            *("environment", "selector", "object_kind", "object_name"),
        )
    }
    found = RoleBinding.objects.filter(**same).first()
    if found is not None:
        hint = f"change or delete binding {found.pk}"
        raise Conflict(faults=[Fault("", "the same was given already", hint)])
    if RoleBinding.objects.filter(organisation=binding.organisation).count() >= MOST_BINDINGS:
        hint = "give roles to groups instead of users"
        raise Conflict(faults=[Fault("", f"an organisation has {MOST_BINDINGS} at most", hint)])


def _time_faults(expires_at: datetime | None) -> list[Fault]:
    if expires_at is None or expires_at > timezone.now():
        return []
    return [Fault("/expires_at", "this time is past")]


def _weight_faults(max_weight: int | None) -> list[Fault]:
    if max_weight is None or 0 <= max_weight <= WHOLE:
        return []
    return [Fault("/max_weight", "a weight is 0 % to 100 %")]
