"""What an organisation has one of, without a name: how its people sign in, and by which provider."""

from __future__ import annotations

import json

import pytest
import yaml

from tenants.models import IdentityProvider, SignInPolicy
from tests.factories import organisation_named
from vamp.models import AuditEntry

PROVIDER = """\
kind: SingleSignOn
organisation: acme
title: Acme login
issuer: https://login.acme.test/acme
client_id: vamp
groups:
  - {claim: sre, group: operators}
"""
POLICY = "kind: SignInPolicy\norganisation: acme\nsecond_factor: passwords\ngrace_days: 3\n"


@pytest.fixture
def provided(root):
    """A shell of a platform administrator whose ``acme`` has both, made by documents."""
    ran = root.vamp("apply", "-f", "-", stdin=f"{PROVIDER}---\n{POLICY}")
    assert ran.exit == 0, ran.all
    return root


def changes():
    rows = AuditEntry.objects.using("default")
    return rows.filter(verb__startswith="organisation.s").count()


def test_apply__new__makes_both_and_says_where_the_secret_comes_from(root, environment):
    ran = root.vamp("apply", "-f", "-", stdin=f"{PROVIDER}---\n{POLICY}")

    assert ran.out.splitlines() == ["SignInPolicy acme changed", "SingleSignOn acme created"], (
        ran.all
    )
    assert "note: SingleSignOn acme: its client's secret stands in no document" in ran.err
    held = IdentityProvider.objects.get(organisation=environment.organisation)
    assert (held.title, held.groups_claim, held.is_enabled) == ("Acme login", "groups", True)
    policy = SignInPolicy.objects.get(organisation=environment.organisation)
    assert (policy.second_factor, policy.grace_days) == ("passwords", 3)


def test_apply__again_or_in_another_spelling__writes_nothing(provided):
    before = changes()
    turned = PROVIDER.replace("{claim: sre, group: operators}", "{group: operators, claim: sre}")

    ran = provided.vamp("apply", "-f", "-", stdin=f"{turned}---\n{POLICY}")

    assert ran.out.splitlines() == ["SignInPolicy acme unchanged", "SingleSignOn acme unchanged"]
    assert changes() == before


def test_apply__some_fields__leaves_the_others(provided):
    document = "kind: SingleSignOn\norganisation: acme\ngroups_claim: ''\nis_enabled: false\n"

    ran = provided.vamp("apply", "-f", "-", stdin=document)

    assert ran.out == "SingleSignOn acme changed\n", ran.all
    held = IdentityProvider.objects.get()
    assert (held.title, held.groups_claim, held.is_enabled) == ("Acme login", "", False)
    assert provided.vamp("get", "sso", "-o", "json").out.count('"claim": "sre"') == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("issuer: nowhere", "5:9: issuer: "),
        ("isuer: https://login.acme.test", "5:1: isuer: unknown key `isuer`"),
        ("name: acme", "5:1: name: unknown key `name`"),
    ],
)
def test_apply__fault__is_told_at_its_line(root, line, said):
    document = PROVIDER.replace("client_id: vamp\n", f"{line}\nclient_id: vamp\n")
    document = document.replace("issuer: https://login.acme.test/acme\n", "", line[:2] == "is")
    document = document.replace("title:", "# who they are\ntitle:", line[:2] == "is")

    ran = root.vamp("apply", "-f", root.write("sso.yaml", document))

    assert ran.exit == 1, ran.all
    assert f"sso.yaml:{said}" in ran.err
    assert not IdentityProvider.objects.exists()


def test_apply__by_an_administrator_of_the_organisation__is_refused_where_it_changes(
    shell, provided
):
    same = shell.vamp("apply", "-f", "-", stdin=PROVIDER)
    other = shell.vamp("apply", "-f", "-", stdin=PROVIDER.replace("Acme login", "Mine"))

    assert (same.exit, same.out) == (0, "SingleSignOn acme unchanged\n"), same.all
    assert other.exit == 4
    assert IdentityProvider.objects.get().title == "Acme login"


def test_diff__of_a_change__shows_that_alone(provided):
    ran = provided.vamp("diff", "-f", "-", stdin=POLICY.replace("passwords", "everybody"))

    assert "-second_factor: passwords\n+second_factor: everybody\n" in ran.out
    assert "grace_days: 3" not in [
        line.lstrip("+-") for line in ran.out.splitlines() if line[0] in "+-"
    ]


def test_get_and_describe__without_a_name__are_the_organisations(provided):
    table = provided.vamp("get", "single-sign-on")
    told = json.loads(provided.vamp("get", "sign-in", "-o", "json").out)
    described = provided.vamp("describe", "identity-provider")

    assert table.out.splitlines()[1].split()[:2] == ["acme", "Acme"]
    assert [(row["organisation"], row["second_factor"]) for row in told] == [("acme", "passwords")]
    assert json.loads(provided.vamp("get", "sso", "acme", "-o", "json").out)["client_id"] == "vamp"
    assert "https://login.acme.test/acme" in described.out


def test_get__of_another_organisation_by_name__says_how_to_ask(provided):
    ran = provided.vamp("get", "sso", "globex")

    assert ran.exit == 2
    assert "--org says of which" in ran.err


def test_get__organisation_without_a_provider__has_none(root):
    organisation_named("globex")

    listed = root.vamp("get", "sso", "--org", "globex", "-o", "json")

    assert (listed.exit, json.loads(listed.out)) == (0, []), listed.all
    assert root.vamp("get", "sso", "globex", "--org", "globex").exit == 3
    assert root.vamp("get", "sso", "--org", "initech").exit == 3
    assert json.loads(root.vamp("get", "sign-in", "--org", "globex", "-o", "json").out)


def test_export__both__applied_again_change_nothing(provided):
    text = provided.forklift("export").out

    documents = {each["kind"]: each for each in yaml.safe_load_all(text)}
    assert "required_since" not in documents["SignInPolicy"]
    assert documents["SingleSignOn"]["groups"] == [{"claim": "sre", "group": "operators"}]
    again = provided.forklift("apply", "-f", "-", stdin=text)
    assert "changed" not in again.out.replace("unchanged", ""), again.all
    assert again.out.count("unchanged") == len(list(yaml.safe_load_all(text)))


def test_delete__the_provider__asks_and_takes_it(provided):
    assert provided.vamp("delete", "sso").exit == 2

    ran = provided.vamp("delete", "sso", "--yes")

    assert ran.out == "single-sign-on acme deleted\n", ran.all
    assert not IdentityProvider.objects.exists()
    assert provided.vamp("delete", "sign-in", "--yes").exit == 2


def test_delete__by_documents__leaves_what_only_goes_with_its_organisation(provided):
    path = provided.write("both.yaml", f"{PROVIDER}---\n{POLICY}")

    ran = provided.vamp("delete", "-f", path, "--yes")

    assert ran.exit == 0, ran.all
    assert "note: SignInPolicy acme goes with its organisation alone, and stays" in ran.err
    assert not IdentityProvider.objects.exists()
    assert SignInPolicy.objects.exists()
