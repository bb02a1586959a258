from __future__ import annotations

from tenants.models import Group, Role, RoleBinding, User
from tests.factories import user_of


def test_user__password_from_standard_input__may_log_in(root):
    ran = root.forklift(
        "create",
        "user",
        "bo",
        "--full-name",
        "Bo",
        "--password-file",
        "-",
        stdin="a good long one 1\n",
    )

    assert ran.out == "User acme/bo created\n", ran.err
    assert User.objects.get(login="acme/bo").full_name == "Bo"
    assert "a good long one" not in ran.all
    assert "login: acme/bo" in root.forklift("show", "user", "bo").out


def test_user__nobody_to_type_a_password__is_wrong_usage(root):
    ran = root.forklift("create", "user", "bo")

    assert ran.exit == 2
    assert "--password-file" in ran.err


def test_user__with_roles__is_bound_to_them(root):
    ran = root.forklift(
        "create", "user", "bo", "--role", "admin", "--role", "viewer", "--password-file", "-",
        stdin="a good long one 1\n",
    )  # fmt: skip

    assert ran.exit == 0, ran.err
    bound = RoleBinding.objects.filter(user__login="acme/bo")
    assert {each.role_name for each in bound} == {"administrator", "viewer"}


def test_user__of_a_file__is_made_or_changed(shell):
    text = "name: bo\npassword: a good long one 1\nroles: [developer]\n"
    path = shell.write("bo.yaml", text)

    first = shell.forklift("add", "user", "--file", path)
    second = shell.forklift("add", "user", "--file", path, "--full-name", "Bo")

    assert first.exit == second.exit == 0, (first.err, second.err)
    assert "User acme/bo changed" in second.out
    assert User.objects.get(login="acme/bo").full_name == "Bo"


def test_role__created__is_what_the_flags_say(shell):
    ran = shell.forklift("create", "role", "releaser", "--right", "release.approve")

    assert ran.exit == 0, ran.err
    assert Role.objects.get(name="releaser").rights == ["release.approve"]


def test_group__created__is_what_the_flags_say(shell):
    ran = shell.forklift("create", "group", "qa", "--member", "ana")

    assert ran.exit == 0, ran.err
    assert [user.login for user in Group.objects.get(name="qa").members.all()] == ["acme/ana"]


def test_user__no_login_and_no_file__is_wrong_usage(nobody):
    assert nobody.forklift("create", "user").exit == 2


def test_user__switched_off_and_on__by_a_flag(root, environment):
    user_of(environment.organisation, "bo", role="viewer")
    off = root.forklift("update", "user", "bo", "--inactive")
    again = root.forklift("update", "user", "bo", "--inactive")
    was = User.objects.get(login="acme/bo").is_active
    on = root.forklift("add", "user", "acme/bo", "--active", "--full-name", "Bo")

    assert (off.out, again.out) == ("User acme/bo changed\n", "User acme/bo unchanged\n"), off.err
    assert not was
    assert on.out == "User acme/bo changed\n", on.err
    found = User.objects.get(login="acme/bo")
    assert (found.is_active, found.full_name) == (True, "Bo")


def test_user__last_administrator__is_not_switched_off(root, person):
    ran = root.forklift("update", "user", "ana", "--inactive")

    assert ran.exit == 5
    assert User.objects.get(login="acme/ana").is_active


def test_user__updated_with_a_password__is_led_to_what_sets_one(root, person):
    ran = root.forklift("update", "user", "ana", "--password-file", "-", stdin="a good long one 1")

    assert ran.exit == 2
    assert "forklift set password" in ran.err
    assert not User.objects.get(login="acme/ana").check_password("a good long one 1")
