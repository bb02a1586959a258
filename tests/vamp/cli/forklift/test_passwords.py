from __future__ import annotations

import json

import pytest

from tenants.connections import namespaces
from tenants.models import User, UserSession
from tests.factories import PASSWORD, user_of
from tests.vamp.cli.forklift.test_sign_ins import signed_in

NEW = "a longer and better phrase"


@pytest.fixture
def bo(environment):
    return user_of(environment.organisation, "bo")


def test_set_password__from_standard_input__is_to_be_changed_and_ends_sessions(root, bo):
    signed_in(bo, 1)

    ran = root.forklift("set", "password", "bo", "--password-file", "-", stdin=f"{NEW}\n")

    assert ran.out == (
        "password of acme/bo set, and all sessions ended;"
        " they choose their own at the next sign-in\n"
    ), ran.err
    bo.refresh_from_db()
    assert bo.check_password(NEW)
    assert bo.must_change_password
    assert not UserSession.objects.exists()
    assert NEW not in ran.all


def test_set_password__that_may_be_kept__is_of_a_file(root, bo):
    path = root.write("pw", f"{NEW}\n")

    ran = root.forklift(
        "set", "password", "acme/bo", "--password-file", path, "--may-keep", "-o", "json"
    )

    assert json.loads(ran.out) == {"login": "acme/bo", "must_change_password": False}, ran.err
    assert not User.objects.get(login="acme/bo").must_change_password


def test_set_password__at_a_terminal__is_typed_twice_unseen(root, bo, monkeypatch):
    root.is_terminal = True
    typed = iter([NEW, "something else", NEW, NEW])
    monkeypatch.setattr("getpass.getpass", lambda question: next(typed))

    unlike = root.forklift("set", "password", "bo")
    alike = root.forklift("set", "password", "bo", "-o", "name")

    assert unlike.exit == 2
    assert "not the same" in unlike.err
    assert alike.out == "user/acme/bo\n", alike.err
    assert User.objects.get(login="acme/bo").check_password(NEW)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("bo",), 2, "--password-file"),
        (("bo", "--password-file", "-"), 1, "password: "),
        (("nobody", "--password-file", "-"), 3, "nobody"),
        (("globex/bo", "--password-file", "-"), 2, "--org globex"),
    ],
)
def test_set_password__wrongly__changes_nothing(root, bo, words, code, said):
    ran = root.forklift("set", "password", *words, stdin="short\n")

    assert ran.exit == code
    assert said in ran.err
    assert User.objects.get(login="acme/bo").check_password(PASSWORD)


def test_salt__rotated__is_another_one_and_signs_nobody_out(shell, person, environment):
    signed_in(person, 1)
    namespaces.forget(environment.organisation)
    before = namespaces.document(environment.organisation).salt

    ran = shell.forklift("rotate", "salt")
    told = shell.forklift("rotate", "salt", "-o", "json")

    assert ran.exit == 0, ran.err
    first = ran.out.split()[2]
    assert ran.out == f"new salt {first} of acme; passwords move to it as people sign in\n"
    namespaces.forget(environment.organisation)
    held = namespaces.document(environment.organisation)
    assert json.loads(told.out) == {"salt": held.salt}
    assert {before, first} - {""} <= held.salts.keys()
    assert UserSession.objects.count() == 1
    assert User.objects.get(pk=person.pk).check_password(PASSWORD)


def test_salt__of_the_installation__is_for_platform_administrators(root, shell):
    ran = root.forklift("rotate", "salt", "--installation")

    assert ran.out.endswith(
        " of platform administrators; passwords move to it as people sign in\n"
    ), ran.err
    assert shell.forklift("rotate", "salt", "--installation").exit == 4
