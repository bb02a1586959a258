"""Groups of users."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tenants import events
from tenants.domain.authority import Authority
from tenants.models import Group, Organisation, User
from tenants.names import is_label
from tenants.services.delegation import LastAdministrator, refuse_beyond_all
from tenants.services.telling import remove, saving, tell
from vamp.errors import Conflict, Fault, Invalid

TITLE_LENGTH = 127


def create_group(
    organisation: Organisation,
    name: str,
    *,
    actor: str,
    title: str = "",
    members: Collection[str] = (),
) -> Group:
    """Make a group. Nothing is given to it yet, so anybody may be in it.

    Args:
        organisation: whose it is.
        name: DNS label.
        actor: who does it, for the audit trail.
        title: shown to people.
        members: logins of users of the organisation.

    Raises:
        Invalid: the name is none, or a login is none of the organisation's; every fault is listed.
        Conflict: there is a group of that name.
    """
    faults = [] if is_label(name) else [Fault("/name", f"{name[:70]!r} is no DNS label")]
    users, unknown = _users(organisation, members)
    faults += [*_title_faults(title), *unknown]
    if faults:
        raise Invalid(faults=faults)
    taken = Fault("/name", f"there is a group {name} already")
    if organisation.groups.filter(name=name).exists():
        raise Conflict(faults=[taken])
    group = Group(organisation=organisation, name=name, title=title)
    with saving(taken):
        group.save()
        group.members.set(users)
        tell(organisation, events.GROUP_CREATED, name, actor=actor, after=shown(group))
    return group


def change_group(
    group: Group,
    *,
    actor: str,
    authority: Authority,
    title: str | None = None,
    members: Collection[str] | None = None,
) -> Group:
    """Change title or members.

    Raises:
        Invalid: a login is none of the organisation's; every fault is listed.
        NotAllowed: a member is added by somebody who may do less than the group.
        Conflict: the organisation would be left without an administrator.
    """
    organisation = group.organisation
    held = set(group.members.values_list("login", flat=True))
    wanted = held if members is None else set(members)
    users, faults = _users(organisation, wanted)
    faults += _title_faults(title or "")
    if faults:
        raise Invalid(faults=faults)
    if wanted - held:
        rows = group.bindings.select_related("role", "environment", "group")
        refuse_beyond_all(authority, rows)
    before = shown(group)
    group.title = group.title if title is None else title
    with saving(Fault("", "another change was faster", "look again")):
        with LastAdministrator(organisation):
            group.save(update_fields=["title"])
            if wanted != held:
                group.members.set(users)
        tell(
            organisation, events.GROUP_CHANGED, group.name,
            actor=actor, before=before, after=shown(group),
        )  # fmt: skip
    return group


def delete_group(group: Group, *, actor: str) -> None:
    """Delete a group with all that is given to it.

    Raises:
        Conflict: the organisation would be left without an administrator.
    """
    organisation = group.organisation
    with saving(Fault("", "another change was faster", "look again")):
        tell(organisation, events.GROUP_DELETED, group.name, actor=actor, before=shown(group))
        with LastAdministrator(organisation):
            remove(group)


def shown(group: Group) -> dict[str, Any]:
    """Return a group as the audit trail keeps it."""
    members = sorted(group.members.values_list("login", flat=True))
    return {"name": group.name, "title": group.title, "members": members}


def _users(organisation: Organisation, logins: Collection[str]) -> tuple[list[User], list[Fault]]:
    found = {user.login: user for user in organisation.users.filter(login__in=logins)}
    faults = [
        Fault(
            "/members", f"{organisation} has no user {login[:130]}", f"such as {organisation}/ana"
        )
        for login in sorted(logins)
        if login not in found
    ]
    return [*found.values()], faults


def _title_faults(title: str) -> list[Fault]:
    if len(title) <= TITLE_LENGTH:
        return []
    return [Fault("/title", f"a title has at most {TITLE_LENGTH} characters")]
