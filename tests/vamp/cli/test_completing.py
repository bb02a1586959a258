from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateways.models import Agent, Gateway, Service
from policies.models import PolicyVersion, ReleasePolicy
from tenants.models import (
    ApiToken,
    DedicatedDatabase,
    Deletion,
    Environment,
    Group,
    Organisation,
    Role,
    User,
)
from tests.vamp.cli.things import BOTH, GATEWAY
from vamp.cli import completing
from vamp.cli.contexts import Context, Contexts, config_path

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def completed(monkeypatch):
    """Ask as bash does: the whole line, and get the words that are offered."""

    def ask(shell, line, program="vamp"):
        monkeypatch.setenv(f"_{program.upper()}_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(line.count(" ")))
        found = getattr(shell, program)().out.split()
        monkeypatch.delenv(f"_{program.upper()}_COMPLETE")
        return found

    return ask


def test_tab__commands__are_offered(shell, completed):
    assert completed(shell, "vamp ge") == ["get"]
    assert "organisation" in completed(shell, "forklift create ", "forklift")


def test_tab__kind__is_offered_by_its_beginning(shell, completed):
    assert completed(shell, "vamp get gat") == ["gateways"]


def test_tab__names__are_those_that_the_api_has(shell, completed):
    shell.vamp("apply", "-f", "-", stdin=BOTH)

    assert completed(shell, "vamp get gateways ") == ["shop"]
    assert completed(shell, "vamp gateway weights s") == ["shop"]
    assert completed(shell, "forklift show policy ", "forklift") == ["canary"]
    assert completed(shell, "vamp get --env pro") == ["production"]


def test_tab__more_names_than_a_page__are_looked_for_by_the_server(shell, completed, monkeypatch):
    monkeypatch.setattr(completing, "MOST_NAMES", 1)
    shell.vamp("apply", "-f", "-", stdin=BOTH)
    shell.vamp(
        "apply",
        "-f",
        "-",
        stdin=GATEWAY.replace("name: shop", "name: zoo").replace("shop.acme", "zoo.acme"),
    )

    assert completed(shell, "vamp get gateways z") == ["zoo"]


MANY = [f"a{number:03}" for number in range(9)] + ["b1"]
"""More than two pages of names of which the first four begin alike."""


@pytest.fixture
def many(environment, monkeypatch):
    """Ten of every kind that is completed by its name, and pages of four."""
    monkeypatch.setattr(completing, "MOST_NAMES", 4)
    organisation = environment.organisation
    User.objects.bulk_create(
        User(login=f"acme/{name}", organisation=organisation, password="!") for name in MANY
    )
    Group.objects.bulk_create(Group(organisation=organisation, name=name) for name in MANY)
    Role.objects.bulk_create(
        Role(organisation=organisation, name=name, rights=["gateway.view"]) for name in MANY
    )
    Organisation.objects.bulk_create(Organisation(name=name) for name in MANY)
    Environment.objects.bulk_create(
        Environment(organisation=organisation, name=name, order=20 - place, database="default")
        for place, name in enumerate(MANY)
    )
    ApiToken.objects.bulk_create(
        ApiToken(organisation=organisation, name=name, prefix=name, digest=name) for name in MANY
    )
    DedicatedDatabase.objects.bulk_create(
        DedicatedDatabase(organisation=organisation, alias=name, url="mysql://x/y") for name in MANY
    )
    for model in (Service, Gateway, ReleasePolicy):
        model.objects.using("default").bulk_create(
            model(environment_id=environment.pk, name=name) for name in MANY
        )
    PolicyVersion.objects.using("default").bulk_create(
        PolicyVersion(environment_id=environment.pk, policy=policy, number=1, document={})
        for policy in ReleasePolicy.objects.in_environment(environment)
    )
    Agent.objects.using("default").bulk_create(
        Agent(environment_id=environment.pk, name=name, started_at=NOW, reported_at=NOW)
        for name in MANY
    )
    return environment


NOUNS = (
    "organisation", "environment", "user", "group", "role", "token", "database", "service",
    "gateway", "policy", "agent",
)  # fmt: skip


@pytest.mark.parametrize("kind", NOUNS)
def test_tab__more_names_than_a_page__are_found_by_what_was_typed(many, root, completed, kind):
    offered = completed(root, f"vamp get {kind} b")

    assert "b1" in [each.rpartition("/")[2] for each in offered]
    assert completed(root, f"vamp get {kind} a007")[-1].endswith("a007")


@pytest.mark.parametrize("kind", NOUNS)
def test_tab__nothing_typed_of_more_than_a_page__begins_alike_as_all_do(
    many, root, completed, kind
):
    offered = completed(root, f"vamp get {kind} ")

    shorts = [each.rpartition("/")[2] for each in offered]
    assert {each[0] for each in shorts} >= {"a", "b"}
    assert len(root.adapter.asked) <= 3


def test_tab__list_out_of_order_that_takes_too_long__offers_nothing(many, root, completed):
    send = root.adapter.send

    def slowly(*arguments, **more):
        root.slept.append(completing.PATIENCE_S)
        return send(*arguments, **more)

    root.adapter.send = slowly

    assert completed(root, "vamp get environment ") == []
    assert completed(root, "vamp get environment a00") == []
    assert completed(root, "vamp get environment b") == ["b1"]


def test_tab__login__is_offered_with_and_without_its_organisation(shell, completed):
    assert completed(shell, "forklift show user an", "forklift") == ["ana"]
    assert completed(shell, "forklift show user acme/a", "forklift") == ["acme/ana"]
    assert completed(shell, "forklift show user globex/a", "forklift") == []


def test_tab__environment_by_its_path__is_offered(root, completed):
    root.environ.pop("VAMP_ORGANISATION")

    assert completed(root, "vamp get --env acme/pro") == ["acme/production"]


def test_tab__restore__offers_what_is_archived(root, completed):
    root.forklift("create", "environment", "old")
    root.forklift("archive", "environment", "old")

    assert completed(root, "forklift restore environment ", "forklift") == ["old"]
    assert completed(root, "forklift archive environment ", "forklift") == ["production"]


def test_tab__kind_whose_things_have_no_address__offers_none(root, completed):
    root.forklift("create", "environment", "old")

    assert completed(root, "vamp get audit ") == []


def test_tab__deletions_and_their_steps__are_offered(root, completed):
    root.vamp("delete", "environment", "production", "-y")
    Deletion.objects.update(step="keys", waits_for="a store")

    shown = completed(root, "forklift show deletion acme/", "forklift")
    steps = completed(root, "forklift skip deletion-step acme/production ", "forklift")

    assert shown == ["acme/production"]
    assert steps == ["keys"]


def test_tab__server_away_or_nobody_logged_in__offers_nothing(nobody, completed):
    assert completed(nobody, "vamp get gateways ") == []
    nobody.environ |= {"VAMP_SERVER": "http://127.0.0.1:9", "VAMP_TOKEN": "x"}
    nobody.environ |= {"VAMP_ORGANISATION": "acme", "VAMP_ENVIRONMENT": "prod"}
    assert completed(nobody, "vamp get gateways ") == []
    assert nobody.slept == []


def test_tab__contexts__are_those_of_the_file(nobody, completed):
    environ = {"HOME": str(nobody.home)}
    Contexts(config_path(None, environ), "", {"acme": Context("https://a.test")}).save()

    assert completed(nobody, "vamp context use a") == ["acme"]
    assert completed(nobody, "vamp --context a") == ["acme"]


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("program", ["vamp", "forklift"])
def test_script__for_each_shell__names_the_program(nobody, name, program):
    ran = getattr(nobody, program)("completion", name)

    assert ran.exit == 0
    assert f"_{program.upper()}_COMPLETE" in ran.out
