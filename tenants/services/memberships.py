"""Bringing the groups of a person in line with what their identity provider says.

The one place where single sign-on touches groups.
"""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import Group
from django.db import transaction

from tenants.models import User
from vamp import audit
from vamp.databases import DEFAULT


def set_membership(
    user: User, group_names: Collection[str], *, among: Collection[str], actor: str
) -> bool:
    """Make `user` a member of `group_names`, and of no other of the groups `among`.

    Groups beyond `among` are somebody else's business and stay as they are.

    Args:
        user: of an organisation; groups are that organisation's.
        group_names: wanted, each one of `among`.
        among: all names that the caller speaks for.
        actor: for the audit trail.

    Returns:
        Whether anything changed. Cost: two queries where nothing did.
    """
    if user.organisation is None:
        return False
    prefix = f"{user.organisation.name}/"
    held = {
        name.removeprefix(prefix)
        for name in user.groups.filter(name__startswith=prefix).values_list("name", flat=True)
    }
    joins, leaves = set(group_names) - held, (held & set(among)) - set(group_names)
    if not joins and not leaves:
        return False
    with transaction.atomic(using=DEFAULT):
        for name in sorted(joins):
            group, _ = Group.objects.using(DEFAULT).get_or_create(name=prefix + name)
            user.groups.add(group)
        user.groups.remove(*Group.objects.filter(name__in=[prefix + name for name in leaves]))
        audit.record(
            actor, "user.groups_changed", "user", user.login, using=DEFAULT,
            organisation=user.organisation.name, before={"groups": sorted(held)},
            after={"groups": sorted((held | joins) - leaves)},
        )  # fmt: skip
    return True
