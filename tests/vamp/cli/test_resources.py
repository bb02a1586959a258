from __future__ import annotations

import pytest

from tenants.models import Organisation, RoleBinding, User
from tests.factories import user_of
from vamp.cli import client
from vamp.cli.resources import changed_fields, role_named

ACCESS = """\
kind: Binding
role: releaser
group: qa
environment: production
expires_at: 2036-12-31T00:00:00Z
---
kind: Group
name: qa
members: [ana]
---
kind: Role
name: releaser
rights: [gateway.view, release.approve]
"""


def writes(shell):
    """What was sent to change something, below the organisation."""
    return [
        (method, path.removeprefix("/api/v1/organisations/acme/"))
        for method, path in shell.adapter.asked
        if method != "GET"
    ]


def test_access__applied_twice__is_written_once_in_order(shell):
    path = shell.write("access.yaml", ACCESS)

    first = shell.forklift("apply", "-f", path)
    written = writes(shell)
    second = shell.forklift("apply", "-f", path)

    assert first.exit == second.exit == 0, first.err
    assert written == [("POST", "groups"), ("POST", "roles"), ("POST", "bindings")]
    assert writes(shell) == written
    assert second.out.count("unchanged") == 3


def test_binding__with_another_limit__is_changed_and_not_made_again(shell):
    shell.forklift("apply", "-f", shell.write("a.yaml", ACCESS))
    later = ACCESS.replace("2036-12-31", "2037-12-31")

    ran = shell.forklift("apply", "-f", shell.write("a.yaml", later))

    assert "Binding acme/releaser to group qa changed" in ran.out, ran.err
    (found,) = RoleBinding.objects.filter(role__name="releaser")
    assert found.expires_at.year == 2037


def test_dry_run__of_what_the_api_cannot_rehearse__sends_nothing(shell):
    ran = shell.forklift("apply", "-f", shell.write("access.yaml", ACCESS), "--dry-run")

    assert ran.exit == 0, ran.err
    assert ran.out.count("would be created") == 3
    assert writes(shell) == []


def test_diff__of_access__shows_what_would_change(shell):
    shell.forklift("apply", "-f", shell.write("a.yaml", ACCESS))
    more = ACCESS.replace("members: [ana]", "members: [ana, bo]")

    ran = shell.forklift("diff", "-f", shell.write("b.yaml", more))

    assert "+- acme/bo" in ran.out or "+- bo" in ran.out
    assert "releaser" not in ran.out


def test_fault__of_the_server__stands_at_its_line(shell):
    path = shell.write("role.yaml", "kind: Role\nname: x\nrights:\n- gateway.view\n- no\n")

    ran = shell.forklift("apply", "-f", path)

    assert ran.exit == 1, ran.all
    assert f"{path}:5:3: rights[1]: " in ran.err


def test_user__of_an_earlier_forklift__gets_bindings_for_its_roles(shell):
    text = '{"kind": "User", "name": "bo", "password": "s3cret-s3cret", "roles": ["admin"]}'

    ran = shell.forklift("apply", "-f", shell.write("user.json", text))

    assert ran.exit == 0, ran.err
    assert User.objects.get(login="acme/bo").check_password("s3cret-s3cret")
    assert RoleBinding.objects.get(user__login="acme/bo").role_name == "administrator"
    assert "s3cret" not in ran.all


def test_user__switched_off_in_its_document__is_made_and_then_switched_off(shell):
    text = "kind: User\nname: bo\npassword: a good long one 1\nis_active: false\n"

    ran = shell.forklift("apply", "-f", "-", stdin=text)

    assert ran.exit == 0, ran.err
    assert not User.objects.get(login="acme/bo").is_active
    assert writes(shell) == [("POST", "users"), ("PATCH", "users/bo")]


def test_user__looked_for__is_asked_for_by_its_address_alone(shell):
    shell.forklift("apply", "-f", "-", stdin="kind: User\nname: ana\nfull_name: Ana\n")
    shell.forklift("show", "user", "ana")
    other = shell.forklift("show", "user", "globex/ana")

    asked = [path.removeprefix("/api/v1/organisations/acme/") for _, path in shell.adapter.asked]
    assert asked == ["users/ana", "users/ana", "users/ana"]
    assert other.exit == 2
    assert "--org globex" in other.err


def test_access__of_longer_lists_than_a_page__is_found_on_all_of_them(shell, monkeypatch):
    monkeypatch.setattr(client, "PER_PAGE", 2)
    for number in range(5):
        user_of(Organisation.objects.get(name="acme"), f"u{number}")
    text = (
        "".join(f"---\nkind: Binding\nrole: viewer\nuser: u{number}\n" for number in range(5))
        + "---\nkind: User\nname: u4\nfull_name: Last\n"
    )
    path = shell.write("all.yaml", text)

    first = shell.forklift("apply", "-f", path)
    second = shell.forklift("apply", "-f", path)

    assert first.exit == second.exit == 0, (first.err, second.err)
    assert "User acme/u4 changed" in first.out
    assert second.out.count("unchanged") == 6, second.out
    assert shell.forklift("show", "user", "u4").exit == 0
    last = str(RoleBinding.objects.order_by("pk").last().pk)
    assert shell.forklift("show", "binding", last).exit == 0


@pytest.mark.parametrize(
    ("before", "wanted", "changes"),
    [
        ({"a": 1}, {"a": 1, "name": "x"}, {}),
        ({"a": None}, {"a": ""}, {}),
        ({"m": ["b", "a"]}, {"m": ["a", "b"]}, {}),
        ({"t": "2026-01-01T00:00:00Z"}, {"t": "2026-01-01T01:00:00+01:00"}, {}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"password": "x"}, {}),
        ({"max_weight": "25%"}, {"max_weight": "25%"}, {}),
    ],
)
def test_changes__ways_to_write_the_same__are_none(before, wanted, changes):
    assert changed_fields(before, wanted) == changes


def test_role__of_an_earlier_product__is_called_as_now():
    assert role_named("admin") == "administrator"
    assert role_named("viewer") == "viewer"
