from __future__ import annotations

import json

import pytest

from tenants.connections import installation_kv, namespaces
from tenants.models import ConnectionResult, Environment, Organisation
from tests.conftest import DATABASES
from vamp.cli.forklift.connections import told


def test_list__of_an_environment__tells_whose_setting_counts(root):
    root.forklift("set", "connection", "metrics", "--url", "db:")

    ran = root.forklift("list", "connections")

    assert ran.exit == 0, ran.err
    found = {line.split()[0]: line.split() for line in ran.out.splitlines()}
    assert list(found) == ["STORE", "database", "kv", "events", "metrics", "scheduler"]
    assert found["metrics"][1:3] == ["db:", "environment"]
    assert found["kv"][2] == "installation"


@pytest.mark.parametrize(("level", "first"), [("organisation", "kv"), ("installation", "database")])
def test_list__of_another_level__has_its_stores(root, level, first):
    found = root.forklift("list", "connections", "--of", level, "-o", "name").out.splitlines()

    assert found[0] == f"{level}-connection/{first}"


def test_list__without_an_environment__is_the_organisations(root):
    del root.environ["VAMP_ENVIRONMENT"]

    found = root.forklift("list", "connections", "-o", "name").out.splitlines()

    assert found[0].startswith("organisation-connection/")


def test_show__store_that_is_not_there__names_those_that_are(root):
    assert "store: kv" in root.forklift("show", "connection", "kv").out
    ran = root.forklift("show", "connection", "broker")

    assert ran.exit == 3
    assert "scheduler" in ran.err


def test_set__of_an_environment__is_kept_with_its_secret_unseen(root, environment):
    ran = root.forklift(
        "set", "connection", "scheduler", "--url", "kubernetes://k8s.acme.test",
        "--namespace", "shop", "--secret-file", "-", stdin="ca and\ntoken\n",
    )  # fmt: skip

    assert ran.exit == 0, ran.err
    held = Environment.objects.get(pk=environment.pk)
    assert (held.scheduler_url, held.namespace) == ("kubernetes://k8s.acme.test", "shop")
    assert namespaces.secret(held, "scheduler") == "ca and\ntoken"
    assert "token" not in ran.all
    assert "its secret" in ran.out


def test_set__of_an_organisation__and_taken_back(root, environment):
    of = ("--of", "organisation")
    first = root.forklift("set", "connection", "events", "--url", "db:", *of)
    again = root.forklift("set", "connection", "events", "--url", "db:", *of)
    dry = root.forklift("set", "connection", "events", "--url", "", "--dry-run", *of)
    held = Organisation.objects.get(name="acme").events_url
    back = root.forklift("set", "connection", "events", "--url", "", *of)

    assert first.out == "connection events set: events_url 'db:'\n", first.err
    assert again.out == "connection events unchanged\n"
    assert dry.out == "connection events would be set: no events_url\n"
    assert held == "db:"
    assert back.exit == 0
    assert Organisation.objects.get(name="acme").events_url == ""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("kv",), 2, "nothing to set"),
        (("database", "--url", "sqlite:///x"), 2, "move begin database"),
        (("kv", "--url", "redis://x"), 1, "kv_url"),
        (("kv", "--namespace", "x"), 2, "of a scheduler"),
        (("kv", "--url", "file:///x", "--of", "installation"), 2, "not set here"),
        (("kv", "--secret-file", "/nowhere/at/all"), 2, "cannot be read"),
        (("kv", "--secret-file", "-"), 2, "nothing in standard input"),
    ],
)
def test_set__what_cannot_be__is_refused(root, arguments, code, said):
    ran = root.forklift("set", "connection", *arguments)

    assert ran.exit == code, ran.err
    assert said in ran.err


def test_set__with_a_test_that_fails__saves_nothing(root, environment):
    ran = root.forklift(
        "set", "connection", "kv", "--url", "vault://127.0.0.1:9/kv?tls=off", "--secret-file", "-",
        "--test", stdin="token:t",
    )  # fmt: skip

    assert ran.exit == 7, ran.err
    assert "nothing was saved" in ran.err
    assert Environment.objects.get(pk=environment.pk).kv_url == ""
    assert not namespaces.secret(environment, "kv")


def test_set__by_somebody_of_the_organisation__is_for_platform_administrators(shell):
    ran = shell.forklift("set", "connection", "kv", "--url", "file:///tmp/x")

    assert ran.exit == 4
    assert "platform administrator" in ran.err


def test_test__stores_that_are_named__tells_each_and_keeps_what_was_found(root):
    installation_kv().prepare()

    ran = root.forklift("test", "connection", "kv", "metrics")

    assert ran.exit == 0, ran.all
    assert [line.split()[0] for line in ran.out.splitlines() if line[0] != " "] == ["kv", "metrics"]
    assert {row.key.partition("/")[2] for row in ConnectionResult.objects.all()} == {
        "kv",
        "metrics",
    }


# Committed, for an open transaction would keep SQLite from those who look at the database.
@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_test__no_store_named__asks_every_one_that_leads_somewhere(root):
    found = json.loads(root.forklift("test", "connections", "-o", "json").out)

    assert [each["store"] for each in found] == ["database", "kv", "events", "metrics"]


def test_test__address_that_does_not_answer__ends_with_7(root):
    ran = root.forklift(
        "test", "connection", "kv", "--url", "vault://127.0.0.1:9/kv?tls=off", "-o", "json",
        "--secret-file", "-", stdin="token:t",
    )  # fmt: skip

    assert ran.exit == 7
    assert json.loads(ran.out)[0]["ok"] is False
    assert root.forklift("test", "connection", "--url", "db:").exit == 2


def test_told__what_is_well__is_left_out_unless_asked_for():
    checked = {
        "ok": True, "is_prepared": False, "system": "Vault", "version": "1.14", "latency_ms": 3.14,
        "findings": [
            {"what": "it answers", "tone": "good", "message": "yes", "hint": ""},
            {"what": "mount", "tone": "unprepared", "message": "is not there", "hint": "set it up"},
        ],
    }  # fmt: skip

    assert list(told("kv", checked)) == [
        "kv        not set up  Vault 1.14 3.1 ms", "  mount: is not there; set it up",
    ]  # fmt: skip
    assert len(list(told("kv", checked, is_whole=True))) == 3
