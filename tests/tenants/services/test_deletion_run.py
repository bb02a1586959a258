"""Deletions to their end, whatever ends them before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.connections import installation_kv
from tenants.models import ApiToken, Deletion, Environment, Organisation, User
from tenants.services import deletion_run, deletion_steps
from tenants.services.deletion import delete_organisation, skip_step
from tenants.services.deletion_run import continue_deletion
from tenants.services.deletion_steps import ORGANISATION_STEPS, STEPS
from tenants.services.tenancy import create_environment, create_organisation
from tests.conftest import DATABASES
from tests.factories import ACTOR, environment_in, gateway_with
from tests.tenants.services.deleting import begun, furnished, verbs, what_is_left
from vamp import leases
from vamp.errors import Conflict
from vamp.models import AuditEntry, OutboxEvent
from vamp.ports.errors import PortUnavailable

pytestmark = pytest.mark.django_db(databases=DATABASES)


class Killed(BaseException):
    """The process ends here."""


def test_continue_deletion__nothing_is_away__all_is_gone_and_another_tenant_untouched(database):
    one, other = furnished(database)
    pk = one.environment.pk
    before = {k: v for k, v in other.all_rows().items() if k != "OutboxEvent"}
    theirs = installation_kv().keys("globex")

    assert continue_deletion(begun(one.environment).pk)

    assert what_is_left(one, pk) == {}
    assert {k: v for k, v in other.all_rows().items() if k != "OutboxEvent"} == before
    assert installation_kv().keys("globex") == theirs
    made = Deletion.objects.get(finished_at__isnull=False, environment="production")
    assert (made.running, made.waits_for, made.step) == (None, "", "")
    assert made.steps_done == [step.name for step in STEPS]


def test_continue_deletion__over__audit_trail_and_event_survive_in_the_organisation(database):
    one, _ = furnished(database)
    in_it = verbs(database, "acme")

    continue_deletion(begun(one.environment).pk)

    entry = AuditEntry.objects.using("default").get(verb="environment.deleted")
    assert (entry.name, entry.environment) == ("acme/production", "production")
    assert entry.before["requested_by"] == "root"
    assert entry.before["held"]["rows"]["gateways"] == 1
    kept = verbs(database, "acme")
    assert kept[: len(in_it)] == in_it
    event = OutboxEvent.objects.using("default").get(subject__endswith="environment.deleted")
    assert event.subject == "vamp.acme._.tenants.environment.deleted"


@pytest.mark.parametrize("number", range(len(STEPS) + 1))
@pytest.mark.parametrize("when", ["before", "midway", "after"])
def test_continue_deletion__killed_around_a_step__goes_on_from_there(
    database, monkeypatch, number, when
):
    one, _ = furnished(database)
    pk = one.environment.pk
    deletion = begun(one.environment)
    _kill(monkeypatch, number, when)

    with pytest.raises(Killed):
        continue_deletion(deletion.pk)
    monkeypatch.undo()

    assert continue_deletion(deletion.pk)
    assert what_is_left(one, pk) == {}
    assert AuditEntry.objects.using("default").filter(verb="environment.deleted").count() == 1


def _kill(monkeypatch, number, when):
    if number == len(STEPS):  # while the row itself goes
        where = {"before": "_finish", "midway": "_close", "after": "_record"}[when]

        def end(*args):
            raise Killed

        monkeypatch.setattr(deletion_run, where, end)
        return
    step = STEPS[number]

    def run(deletion, row):
        if when == "before":
            raise Killed
        for count, told in enumerate(step.run(deletion, row)):
            yield told
            if when == "midway" and count == 0:
                raise Killed
        raise Killed

    steps = [replace(each, run=run) if each is step else each for each in STEPS]
    monkeypatch.setattr(deletion_run, "STEPS", steps)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ends=st.lists(st.integers(min_value=1, max_value=40), max_size=8))
def test_continue_deletion__killed_anywhere_any_number_of_times__ends_clean(ends):
    name = f"acme-{Deletion.objects.count()}"
    environment = environment_in("default", organisation=name)
    gateway_with(environment, {"1.0.0": 10_000}, name="shop")
    for key in ("a", "b", "c"):
        installation_kv().put(f"{name}/production/{key}", "x")
    deletion = begun(environment)
    for writes in ends:
        left = iter(range(writes))

        def note(*args, held=deletion_run._note, left=left):
            if next(left, None) is None:
                raise Killed
            held(*args)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(deletion_run, "_note", note)
            try:
                if continue_deletion(deletion.pk):
                    break
            except Killed:
                pass
    assert continue_deletion(deletion.pk)
    assert not Environment.objects.filter(pk=environment.pk).exists()
    assert installation_kv().keys(name) == []


def test_continue_deletion__store_is_away__waits_says_so_and_goes_on_later(database, monkeypatch):
    one, _ = furnished(database)
    pk = one.environment.pk
    deletion = begun(one.environment)

    def away(environment):
        raise PortUnavailable("Vault does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(deletion_steps, "kv_for", away)
        assert not continue_deletion(deletion.pk)

    deletion.refresh_from_db()
    assert (deletion.step, deletion.waits_for) == ("keys", "Vault does not answer")
    assert deletion.steps_done == ["stop", "access"]
    assert Environment.objects.filter(pk=pk).exists()
    assert continue_deletion(deletion.pk)
    assert what_is_left(one, pk) == {}


@pytest.mark.parametrize("step", [step.name for step in STEPS])
@pytest.mark.parametrize("error", [PortUnavailable("gone"), OperationalError(2006, "gone")])
def test_continue_deletion__whatever_is_away_in_a_step__it_waits_and_is_made_again(
    database, monkeypatch, step, error
):
    one, _ = furnished(database)
    pk = one.environment.pk
    deletion = begun(one.environment)

    def away(deletion, row):
        yield 0, 0
        raise error

    steps = [replace(each, run=away) if each.name == step else each for each in STEPS]
    with monkeypatch.context() as patch:
        patch.setattr(deletion_run, "STEPS", steps)
        assert not continue_deletion(deletion.pk)

    deletion.refresh_from_db()
    assert deletion.waits_for
    assert continue_deletion(deletion.pk)
    assert what_is_left(one, pk) == {}


def test_continue_deletion__store_is_gone_for_good__the_step_is_left_out_and_said(
    database, monkeypatch
):
    one, _ = furnished(database)
    deletion = begun(one.environment)
    monkeypatch.setattr(
        deletion_steps, "kv_for", lambda environment: (_ for _ in ()).throw(PortUnavailable("gone"))
    )
    assert not continue_deletion(deletion.pk)

    skip_step(deletion, "keys", actor="root")
    skip_step(deletion, "secrets", actor="root")

    assert continue_deletion(deletion.pk)
    deletion.refresh_from_db()
    assert [each for each in deletion.remains if "step keys was left out" in each]


def test_continue_deletion__another_process_does__leaves_it_alone(database, monkeypatch):
    one, _ = furnished(database)
    deletion = begun(one.environment)
    leases.acquire(f"tenants.deletion/{deletion.pk}", using="default", seconds=60)
    monkeypatch.setattr(leases, "HOLDER", "somebody else")

    assert not continue_deletion(deletion.pk)
    assert Environment.objects.filter(pk=one.environment.pk).exists()


def test_continue_deletion__rows_come_late__are_looked_for_again(database, monkeypatch):
    one, _ = furnished(database)
    deletion = begun(one.environment)
    mirror = next(step for step in STEPS if step.name == "mirror")

    def late(deletion, row):
        gateway_with(row, {"1.0.0": 10_000}, name="late")
        yield from mirror.run(deletion, row)

    steps = [replace(each, run=late) if each is mirror else each for each in STEPS]
    with monkeypatch.context() as patch:
        patch.setattr(deletion_run, "STEPS", steps)
        assert not continue_deletion(deletion.pk)

    assert continue_deletion(deletion.pk)
    assert what_is_left(one, one.environment.pk) == {}


def test_continue_deletion__of_an_organisation__its_environments_go_first(database):
    one, other = furnished(database)
    create_environment(one.organisation, "staging", actor=ACTOR)
    deletion = delete_organisation(one.organisation, confirm="acme", actor="root")

    for _ in range(5):
        _all_once()
        if not Deletion.objects.running().exists():
            break

    deletion.refresh_from_db()
    assert deletion.steps_done == [step.name for step in ORGANISATION_STEPS]
    assert list(Organisation.objects.values_list("name", flat=True)) == ["globex"]
    assert installation_kv().keys("acme") == []
    assert not User.objects.filter(login__startswith="acme/").exists()
    assert ApiToken.objects.filter(organisation__name="globex").count() == 2
    assert Environment.objects.get() == other.environment
    assert "organisation.deleted" in verbs("default", "acme")


def _all_once():
    for pk in Deletion.objects.running().order_by("running").values_list("pk", flat=True):
        continue_deletion(pk)


def test_create_organisation__name_of_a_deleted_one__is_not_given_again(environment):
    deletion = delete_organisation(environment.organisation, confirm="acme", actor="root")
    while not continue_deletion(deletion.pk):
        _all_once()

    with pytest.raises(Conflict, match="there was an organisation acme"):
        create_organisation("acme", actor=ACTOR)


def test_create_environment__name_of_a_deleted_one__begins_anew(database):
    one, _ = furnished(database)
    continue_deletion(begun(one.environment).pk)

    again = environment_in(database)

    assert installation_kv().keys("acme/production") == []
    assert again.pk != one.environment.pk
