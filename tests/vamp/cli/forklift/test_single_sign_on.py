from __future__ import annotations

import json

import pytest

from tenants.connections import namespaces
from tenants.models import IdentityProvider
from tests.vamp.cli.told import problem
from vamp.models import AuditEntry

NEW = (
    "set", "single-sign-on", "--title", "Acme login", "--issuer", "https://login.acme.test/acme",
    "--client-id", "vamp",
)  # fmt: skip
SECRET = "hunter2-hunter2"


@pytest.fixture
def provided(root):
    """A shell of a platform administrator whose ``acme`` has single sign-on."""
    ran = root.forklift(*NEW, "--secret-file", "-", stdin=f"{SECRET}\n")
    assert ran.exit == 0, ran.err
    return root


def secret_of(environment):
    namespaces.forget(environment.organisation)
    held = namespaces.document(environment.organisation).secrets
    return held["sso"].value if "sso" in held else None


def writes(shell):
    return [asked for asked in shell.adapter.asked if asked[0] != "GET"]


def test_set__new_with_a_secret_from_standard_input__is_on_and_tells_the_redirect_url(
    root, environment
):
    ran = root.forklift(*NEW, "--secret-file", "-", stdin=f"{SECRET}\n")

    assert ran.out == (
        "single sign-on of acme set: through Acme login at https://login.acme.test/acme;"
        " its client's secret is new\n"
    ), ran.err
    assert ran.err == (
        "the provider must know this redirect URL:\n"
        "  http://vamp.test/admin/single-sign-on/acme/return/\n"
    )
    held = IdentityProvider.objects.get(organisation=environment.organisation)
    assert (held.client_id, held.is_enabled, held.makes_users) == ("vamp", True, True)
    assert secret_of(environment) == SECRET


def test_set__new_at_a_terminal__asks_for_the_secret_unseen(root, environment, monkeypatch):
    root.is_terminal = True
    monkeypatch.setattr("getpass.getpass", lambda question: f" {SECRET} ")

    ran = root.forklift(*NEW)

    assert ran.exit == 0, ran.err
    assert secret_of(environment) == SECRET
    assert SECRET not in ran.all


def test_set__new_without_a_secret_and_anybody_to_ask__sets_nothing(root, monkeypatch):
    ran = root.forklift(*NEW)
    root.is_terminal = True
    monkeypatch.setattr("getpass.getpass", lambda question: "")
    typed_nothing = root.forklift(*NEW)

    assert ran.exit == typed_nothing.exit == 2
    assert "--secret-file" in ran.err
    assert not IdentityProvider.objects.exists()


def test_set__new_and_switched_off__needs_no_secret_yet(root):
    ran = root.forklift(*NEW, "--disabled")

    assert ran.out.endswith("; it is switched off\n"), ran.err
    assert "client_secret: missing\n" in root.forklift("show", "single-sign-on").out


def test_set__secret_set_before__is_not_asked_for_again(provided, environment):
    provided.forklift("delete", "single-sign-on", "--yes")

    ran = provided.forklift(*NEW)

    assert ran.exit == 0, ran.err
    assert secret_of(environment) == SECRET


def test_set__switched_off_and_on__keeps_everything_else(provided):
    before = json.loads(provided.forklift("show", "sso", "-o", "json").out)
    off = provided.forklift("set", "single-sign-on", "--disabled")
    again = provided.forklift("set", "single-sign-on", "--disabled")
    on = provided.forklift("set", "single-sign-on", "--enabled", "-o", "json")

    assert off.out.endswith("acme; it is switched off\n"), off.err
    assert off.err == ""
    assert again.out.startswith("single sign-on of acme unchanged: ")
    assert json.loads(on.out) == {k: v for k, v in before.items() if k != "client_secret"}


def test_set__another_secret_alone__changes_nothing_else(provided, environment):
    path = provided.write("secret", "another-secret\n")
    asked = len(writes(provided))

    ran = provided.forklift("set", "single-sign-on", "--secret-file", path)

    assert ran.out.endswith("; its client's secret is new\n"), ran.err
    assert secret_of(environment) == "another-secret"
    assert writes(provided)[asked:] == [("PUT", "/api/v1/organisations/acme/secrets/sso")]


def test_set__rehearsed__writes_nothing(root):
    ran = root.forklift(*NEW, "--dry-run")

    assert ran.out.startswith("single sign-on of acme would be set: "), ran.err
    assert writes(root) == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "nothing to set"),
        (("--issuer", "https://x.test"), 2, "give --title, --client-id as well"),
        (("--secret-file", "none/such"), 2, "give --title, --issuer, --client-id as well"),
    ],
)
def test_set__too_little_of_a_new_one__is_wrong_usage(root, words, code, said):
    ran = root.forklift("set", "single-sign-on", *words)

    assert ran.exit == code
    assert said in ran.err
    assert writes(root) == []


def test_set__wrong__tells_every_fault_and_leaves_the_secret(provided, environment):
    ran = provided.forklift(
        "set", "single-sign-on", "--issuer", "nowhere", "--client-id", "", "--secret-file", "-",
        stdin="other\n",
    )  # fmt: skip

    assert ran.exit == 1
    assert "client_id" in ran.err
    assert secret_of(environment) == SECRET


def test_set__by_an_administrator_of_the_organisation__is_not_allowed(provided, shell):
    shown = shell.forklift("show", "single-sign-on")
    changed = shell.forklift("set", "single-sign-on", "--disabled")
    removed = shell.forklift("delete", "single-sign-on", "--yes")

    assert "issuer: https://login.acme.test/acme\n" in shown.out, shown.err
    assert changed.exit == removed.exit == 4
    assert IdentityProvider.objects.get().is_enabled


def test_set__secret_refused__says_what_is_set_and_what_is_not(told, told_shell):
    row = {"title": "Acme login", "issuer": "https://x.test", "client_id": "vamp", "groups": []}
    refusal = problem(400, "invalid", "The store refuses it.")
    told.said = [(200, {}, row), (200, {}, row), refusal]

    ran = told_shell.forklift(
        "set", "single-sign-on", "--client-id", "other", "--secret-file", "-", stdin=SECRET
    )

    assert ran.exit == 1
    assert "the provider is set, but its secret is not: The store refuses it." in ran.err
    assert [asked[:2] for asked in told.asked[1:]] == [
        ("PUT", "/api/v1/organisations/acme/single-sign-on"),
        ("PUT", "/api/v1/organisations/acme/secrets/sso"),
    ]


def test_show__none__is_not_found(root):
    ran = root.forklift("show", "single-sign-on")

    assert ran.exit == 3
    assert "no identity provider" in ran.err


def test_show__set__tells_all_but_the_secret(provided):
    ran = provided.forklift("show", "single-sign-on")
    name = provided.forklift("show", "sso", "-o", "name")

    assert "client_secret: set\n" in ran.out
    assert SECRET not in ran.all
    assert SECRET not in str(list(AuditEntry.objects.using("default").values()))
    assert name.out == "single-sign-on/acme\n"


def test_remove__named__is_gone_and_the_secret_stays_unless_asked_for(provided, environment):
    rehearsed = provided.forklift("delete", "single-sign-on", "--dry-run")
    provided.is_terminal = True
    wrong = provided.forklift("delete", "single-sign-on", stdin="globex\n")
    held = IdentityProvider.objects.exists()
    right = provided.forklift("delete", "single-sign-on", stdin="acme\n")

    assert "would be removed" in rehearsed.out, rehearsed.err
    assert wrong.exit == 2
    assert held
    assert right.out == "single sign-on of acme removed; its client's secret stays\n", right.err
    assert not IdentityProvider.objects.exists()
    assert secret_of(environment) == SECRET
    assert provided.forklift("delete", "single-sign-on", "--yes").exit == 3


def test_remove__with_its_secret__forgets_that_too(provided, environment):
    ran = provided.forklift("delete", "single-sign-on", "--yes", "--forget-secret")

    assert ran.out == "single sign-on of acme removed; its client's secret is forgotten\n", ran.err
    assert secret_of(environment) is None


def test_remove__nobody_to_ask__is_wrong_usage(provided):
    assert provided.forklift("delete", "single-sign-on").exit == 2
    assert IdentityProvider.objects.exists()
