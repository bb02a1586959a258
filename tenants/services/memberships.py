"""Bringing the groups of a person in line with what their identity provider says.

The one place where single sign-on touches groups.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from django.db import transaction

from tenants import events
from tenants.models import Group, Organisation, User
from tenants.services.delegation import LastAdministrator
from tenants.services.groups import shown
from tenants.services.telling import tell
from vamp.databases import DEFAULT
from vamp.errors import Conflict

log = logging.getLogger("tenants")


def set_membership(
    user: User, group_names: Collection[str], *, among: Collection[str], actor: str
) -> bool:
    """Make `user` a member of `group_names`, and of no other of the groups `among`.

    Groups beyond `among` are somebody else's business and stay as they are. Whoever is the last
    administrator of the organisation by one of the groups stays in it, and a log line says so.

    Args:
        user: of an organisation; groups are that organisation's.
        group_names: wanted, each one of `among`; those that are not there are made.
        among: all names that the caller speaks for.
        actor: for the audit trail.

    Returns:
        Whether anything changed. Cost: one query where nothing did.
    """
    organisation = user.organisation
    if organisation is None:
        return False
    held = {group.name: group for group in user.member_of.filter(organisation=organisation)}
    joins = sorted(set(group_names) - held.keys())
    leaves = sorted((held.keys() & set(among)) - set(group_names))
    changed = [_join(user, organisation, name, actor) for name in joins]
    changed += [_leave(user, held[name], actor) for name in leaves]
    return any(changed)


def _join(user: User, organisation: Organisation, name: str, actor: str) -> bool:
    with transaction.atomic(using=DEFAULT):
        group, is_new = Group.objects.get_or_create(organisation=organisation, name=name)
        before = None if is_new else shown(group)
        group.members.add(user)
        event = events.GROUP_CREATED if is_new else events.GROUP_CHANGED
        tell(organisation, event, name, actor=actor, before=before, after=shown(group))
    return True


def _leave(user: User, group: Group, actor: str) -> bool:
    organisation = group.organisation
    try:
        with transaction.atomic(using=DEFAULT):
            before = shown(group)
            with LastAdministrator(organisation):
                group.members.remove(user)
            tell(
                organisation, events.GROUP_CHANGED, group.name,
                actor=actor, before=before, after=shown(group),
            )  # fmt: skip
    except Conflict:
        told = {"organisation": organisation.name, "user": user.login, "group": group.name}
        log.warning("membership.kept_for_the_last_administrator", extra=told)
        return False
    return True
