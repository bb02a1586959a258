from __future__ import annotations

from tenants.models import Group
from tenants.services.memberships import set_membership
from tests.factories import given, organisation_named, user_of
from vamp.databases import DEFAULT
from vamp.models import AuditEntry


def groups(user):
    rows = user.member_of.select_related("organisation")
    return sorted(f"{group.organisation}/{group.name}" for group in rows)


def test_set_membership__joins_and_leaves__only_among_what_is_spoken_for(db):
    user = user_of(organisation_named("acme"))
    for organisation, name in (("acme", "old"), ("acme", "others"), ("globex", "old")):
        group = Group.objects.create(organisation=organisation_named(organisation), name=name)
        group.members.add(user)

    assert set_membership(user, ["new"], among={"new", "old"}, actor="vamp:sso")

    assert groups(user) == ["acme/new", "acme/others", "globex/old"]
    made, left = AuditEntry.objects.using(DEFAULT).filter(actor="vamp:sso").order_by("id")
    of_new, of_old = ({"name": name, "title": ""} for name in ("new", "old"))
    assert (made.verb, made.before, made.after) == (
        "group.created", None, {**of_new, "members": ["acme/ana"]},
    )  # fmt: skip
    assert (left.verb, left.before, left.after) == (
        "group.changed", {**of_old, "members": ["acme/ana"]}, {**of_old, "members": []},
    )  # fmt: skip


def test_set_membership__nothing_differs__writes_nothing(db, django_assert_num_queries):
    user = user_of(organisation_named("acme"))
    set_membership(user, ["new"], among={"new"}, actor="vamp:sso")

    with django_assert_num_queries(1):
        assert not set_membership(user, ["new"], among={"new"}, actor="vamp:sso")


def test_set_membership__last_administrator_by_a_group__stays_in_it(db):
    organisation = organisation_named("acme")
    user = user_of(organisation, role="")
    Group.objects.create(organisation=organisation, name="admins").members.add(user)
    given(organisation, role="administrator", group="admins")

    assert not set_membership(user, [], among={"admins"}, actor="vamp:sso")

    assert groups(user) == ["acme/admins"]
    assert not AuditEntry.objects.using(DEFAULT).filter(actor="vamp:sso").exists()


def test_set_membership__platform_administrator__has_none(db):
    root = user_of(None, "root")

    assert not set_membership(root, ["new"], among={"new"}, actor="vamp:sso")
