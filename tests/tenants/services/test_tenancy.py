from __future__ import annotations

import pytest

from tenants.models import Environment, Organisation
from tenants.services import tenancy
from tests.conftest import DATABASES
from tests.factories import ACTOR, environment_in, organisation_named
from vamp.errors import Conflict, Invalid
from vamp.models import AuditEntry, OutboxEvent

pytestmark = pytest.mark.django_db(databases=DATABASES)


def pointers(error):
    return {fault.pointer for fault in error.value.faults}


def told(organisation):
    """Verbs of the audit trail and subjects of the events of an organisation, oldest first."""
    entries = AuditEntry.objects.using("default").filter(organisation=organisation).order_by("id")
    events = OutboxEvent.objects.using("default").filter(organisation=organisation).order_by("id")
    return list(entries.values_list("verb", flat=True)), list(
        events.values_list("subject", flat=True)
    )


def test_create_organisation__valid__is_saved_audited_and_told():
    made = tenancy.create_organisation("acme", actor="root", title="ACME")

    assert Organisation.objects.get(name="acme") == made
    assert told("acme") == (["organisation.created"], ["vamp.acme._.tenants.organisation.created"])
    assert AuditEntry.objects.using("default").get().actor == "root"


@pytest.mark.parametrize(
    "name", ["", "Acme", "-acme", "acme-", "a.b", "a/b", "é", "x" * 64, "organisation", "_"]
)
def test_create_organisation__name_is_no_label_or_reserved__is_refused(name):
    with pytest.raises(Invalid) as caught:
        tenancy.create_organisation(name, actor=ACTOR)

    assert pointers(caught) == {"/name"}
    assert not Organisation.objects.exists()


def test_create_organisation__several_faults__every_one_is_told():
    with pytest.raises(Invalid) as caught:
        tenancy.create_organisation(
            "Acme", actor=ACTOR, title="x" * 128, kv_url="stone://x", metrics_url="es://x",
            events_url="nats://:hunter2@x",
        )  # fmt: skip

    assert pointers(caught) == {"/name", "/title", "/kv_url", "/metrics_url", "/events_url"}
    assert "file:" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert told("Acme") == ([], [])


def test_create_organisation__name_taken__is_a_conflict():
    tenancy.create_organisation("acme", actor=ACTOR)

    with pytest.raises(Conflict) as caught:
        tenancy.create_organisation("acme", actor=ACTOR)

    assert pointers(caught) == {"/name"}


def test_change_organisation__title__mirrors_follow_and_before_is_kept():
    environment = environment_in("dedicated")
    organisation = Organisation.objects.get(name="acme")

    tenancy.change_organisation(organisation, actor=ACTOR, title="ACME")

    mirrored = Organisation.objects.using("dedicated").get(pk=environment.organisation_id)
    assert mirrored.title == "ACME"
    entry = AuditEntry.objects.using("default").get(verb="organisation.changed")
    assert (entry.before["title"], entry.after["title"]) == ("", "ACME")


def test_change_organisation__unknown_scheme__leaves_the_row():
    organisation = organisation_named("acme")

    with pytest.raises(Invalid):
        tenancy.change_organisation(organisation, actor=ACTOR, kv_url="redis://x")

    assert Organisation.objects.get().kv_url == ""


@pytest.mark.parametrize("database", DATABASES)
def test_create_environment__in_a_database__its_row_lies_there_too(database):
    organisation = organisation_named("acme")

    made = tenancy.create_environment(organisation, "staging", actor=ACTOR, database=database)

    for alias in {"default", database}:
        row = Environment.objects.using(alias).get(pk=made.pk)
        assert (row.name, row.organisation.name) == ("staging", "acme")
    verbs, subjects = told("acme")
    assert verbs[-1] == "environment.created"
    assert subjects[-1] == "vamp.acme.staging.tenants.environment.created"


def test_create_environment__several_faults__every_one_is_told():
    organisation = organisation_named("acme")

    with pytest.raises(Invalid) as caught:
        tenancy.create_environment(
            organisation, "Live", actor=ACTOR, database="mars", stage="prod",
            scheduler_url="mesos://:hunter2@x", kv_url="redis://x", order=-1,
        )  # fmt: skip

    expected = {"/name", "/database", "/stage", "/scheduler_url", "/kv_url", "/order"}
    assert pointers(caught) == expected
    assert "configured: default, dedicated" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_create_environment__name_taken_in_the_organisation__is_a_conflict():
    environment_in()

    with pytest.raises(Conflict) as caught:
        environment_in()

    assert pointers(caught) == {"/name"}


def test_create_environment__same_name_in_another_organisation__is_fine():
    environment_in()

    assert str(environment_in(organisation="globex")) == "globex/production"


def test_create_environment__scheduler_and_namespace_taken_by_another_tenant__is_a_conflict():
    environment_in(scheduler_url="local:/srv/shop")

    with pytest.raises(Conflict) as caught:
        environment_in(organisation="globex", scheduler_url="local:/srv/shop")

    assert pointers(caught) == {"/scheduler_url"}


@pytest.mark.parametrize(
    "fields", [{"scheduler_url": "local:/srv/shop", "namespace": "b"}, {"scheduler_url": ""}]
)
def test_create_environment__other_namespace_or_no_scheduler__is_fine(fields):
    environment_in(scheduler_url="local:/srv/shop", namespace="a")
    environment_in(name="bare")

    assert environment_in(name="staging", **fields).name == "staging"


def test_create_environment__rival_was_faster__is_a_conflict(monkeypatch):
    environment = environment_in()
    # The rival commits after our check: the check that passed stands for that moment.
    monkeypatch.setattr(tenancy, "_check", lambda row, faults: None)

    with pytest.raises(Conflict):
        tenancy.create_environment(environment.organisation, environment.name, actor=ACTOR)

    assert Environment.objects.using("default").count() == 1


def test_change_environment__scheduler__placement_and_mirror_follow():
    environment = environment_in("dedicated")

    tenancy.change_environment(
        environment, actor=ACTOR, scheduler_url="local:/srv/shop", namespace="shop"
    )

    for alias in DATABASES:
        row = Environment.objects.using(alias).get(pk=environment.pk)
        assert row.placement == "local:/srv/shop#shop"


def test_change_environment__scheduler_taken__is_a_conflict_and_leaves_the_row():
    environment_in(organisation="globex", scheduler_url="local:/srv/shop")
    environment = environment_in()

    with pytest.raises(Conflict):
        tenancy.change_environment(environment, actor=ACTOR, scheduler_url="local:/srv/shop")

    assert Environment.objects.get(pk=environment.pk).scheduler_url == ""


def test_mirror__lost__is_made_again():
    environment = environment_in("dedicated")
    Environment.objects.using("dedicated")._raw_delete("dedicated")
    Organisation.objects.using("dedicated")._raw_delete("dedicated")

    tenancy.mirror(environment)
    tenancy.mirror(environment)

    row = Environment.objects.using("dedicated").get()
    assert (row.pk, row.organisation.name) == (environment.pk, "acme")
