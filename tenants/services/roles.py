"""Roles of an organisation's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenants import events
from tenants.domain.authority import Authority, Grant
from tenants.domain.rights import BUILTIN, VERBS, names_of, unknown
from tenants.models import Organisation, Role
from tenants.names import is_label
from tenants.services.delegation import refuse_beyond
from tenants.services.telling import remove, saving, tell
from vamp.errors import Conflict, Fault, Invalid

MOST_RIGHTS = 200
TITLE_LENGTH = 127


def create_role(
    organisation: Organisation,
    name: str,
    rights: Sequence[str],
    *,
    actor: str,
    authority: Authority,
    title: str = "",
) -> Role:
    """Make a role.

    Args:
        organisation: whose it is.
        name: DNS label, other than those of the roles that Vamp brings along.
        rights: ``<kind>.<verb>``; either half may be ``*``.
        actor: who does it, for the audit trail.
        authority: of whom; they must have every one of `rights` on the whole organisation, since
            the role can be given to anybody, themselves included.
        title: shown to people.

    Raises:
        Invalid: the name or a right is none; every fault is listed.
        Conflict: there is a role of that name.
        NotAllowed: `authority` lacks a right.
    """
    faults = _faults(name, rights, title)
    if faults:
        raise Invalid(faults=faults)
    taken = Fault("/name", f"there is a role {name} already")
    if name in BUILTIN or organisation.roles.filter(name=name).exists():
        raise Conflict(faults=[taken])
    refuse_beyond(authority, _given(name, rights))
    role = Role(organisation=organisation, name=name, title=title, rights=list(rights))
    with saving(taken):
        role.save()
        tell(organisation, events.ROLE_CREATED, name, actor=actor, after=shown(role))
    return role


def change_role(
    role: Role,
    *,
    actor: str,
    authority: Authority,
    rights: Sequence[str] | None = None,
    title: str | None = None,
) -> Role:
    """Change rights or title of a role; all who have it notice at once. See `create_role`.

    Raises:
        Conflict: the role was changed or deleted since it was read.
    """
    new_rights = list(role.rights if rights is None else rights)
    new_title = role.title if title is None else title
    faults = _faults(role.name, new_rights, new_title)
    if faults:
        raise Invalid(faults=faults)
    before = shown(role)
    added = names_of(new_rights) - names_of(role.rights)
    refuse_beyond(authority, _given(role.name, sorted(added)))
    role.rights, role.title = new_rights, new_title
    with saving(Fault("/name", "another change was faster", "look again")):
        _refuse_to_undo_a_rival(role, before["rights"])
        role.save(update_fields=["rights", "title"])
        tell(
            role.organisation, events.ROLE_CHANGED, role.name,
            actor=actor, before=before, after=shown(role),
        )  # fmt: skip
    return role


def delete_role(role: Role, *, actor: str) -> None:
    """Delete a role that nobody has.

    Raises:
        Conflict: bindings give it to somebody; take those away first.
    """
    held_by = [binding.subject for binding in role.bindings.all()[:5]]
    if held_by:
        hint = "delete its bindings first"
        message = f"role {role.name} is given to {', '.join(held_by)}"
        raise Conflict(faults=[Fault("", message, hint)])
    with saving(Fault("", "somebody was just given this role", "look again")):
        tell(role.organisation, events.ROLE_DELETED, role.name, actor=actor, before=shown(role))
        remove(role)


def shown(role: Role) -> dict[str, Any]:
    """Return a role as the audit trail keeps it."""
    return {"name": role.name, "title": role.title, "rights": list(role.rights)}


def _refuse_to_undo_a_rival(role: Role, rights: list[str]) -> None:
    """Rights that were taken away meanwhile must not come back with what was read before."""
    now = Role.objects.select_for_update().filter(pk=role.pk).first()
    if now is None or now.rights != rights:
        raise Conflict(faults=[Fault("/rights", "another change was faster", "look again")])


def _given(name: str, rights: Sequence[str]) -> Grant:
    return Grant(binding=0, role=name, subject="anybody", rights=names_of(rights))


def _faults(name: str, rights: Sequence[str], title: str) -> list[Fault]:
    faults = []
    if not is_label(name):
        faults.append(Fault("/name", f"{name[:70]!r} is no DNS label", "such as release-manager"))
    if len(title) > TITLE_LENGTH:
        faults.append(Fault("/title", f"a title has at most {TITLE_LENGTH} characters"))
    if not 0 < len(rights) <= MOST_RIGHTS:
        faults.append(Fault("/rights", f"a role has 1 to {MOST_RIGHTS} rights"))
    for place, pattern in enumerate(rights):
        if unknown([pattern]):
            faults.append(Fault(f"/rights/{place}", f"{pattern!r} is no right", _hint(pattern)))
    return faults


def _hint(pattern: str) -> str:
    kind = pattern.partition(".")[0]
    if kind in VERBS:
        return f"verbs of {kind}: {', '.join(VERBS[kind])}, *"
    return f"write <kind>.<verb>; kinds: {', '.join(VERBS)}, *"
