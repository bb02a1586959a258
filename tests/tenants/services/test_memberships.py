from __future__ import annotations

from django.contrib.auth.models import Group

from tenants.services.memberships import set_membership
from tests.factories import organisation_named, user_of
from vamp.databases import DEFAULT
from vamp.models import AuditEntry


def groups(user):
    return sorted(user.groups.values_list("name", flat=True))


def test_set_membership__joins_and_leaves__only_among_what_is_spoken_for(db):
    user = user_of(organisation_named("acme"))
    for name in ("acme/old", "acme/others", "globex/old"):
        user.groups.add(Group.objects.create(name=name))

    assert set_membership(user, ["new"], among={"new", "old"}, actor="vamp:sso")

    assert groups(user) == ["acme/new", "acme/others", "globex/old"]
    entry = AuditEntry.objects.using(DEFAULT).order_by("id").last()
    assert (entry.verb, entry.before, entry.after) == (
        "user.groups_changed", {"groups": ["old", "others"]}, {"groups": ["new", "others"]},
    )  # fmt: skip


def test_set_membership__nothing_differs__writes_nothing(db, django_assert_num_queries):
    user = user_of(organisation_named("acme"))
    set_membership(user, ["new"], among={"new"}, actor="vamp:sso")

    with django_assert_num_queries(1):
        assert not set_membership(user, ["new"], among={"new"}, actor="vamp:sso")


def test_set_membership__platform_administrator__has_none(db):
    root = user_of(None, "root")

    assert not set_membership(root, ["new"], among={"new"}, actor="vamp:sso")
