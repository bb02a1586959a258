from __future__ import annotations

import pytest
from django.apps import apps
from django.utils import timezone

from tenants.services.owned_rows import (
    BY_NAME,
    counted,
    delete_by_name,
    delete_rows,
    held_leases,
    lease_names,
    owned_models,
)
from tests.conftest import DATABASES
from tests.factories import dead_letter_in
from tests.furnished import tenant
from vamp import fences
from vamp.databases import ExplicitDatabase
from vamp.models import AuditEntry, DeadLetter, Fence, Lease
from vamp.models.fence import FenceState


def test_owned_models__of_all_apps__whoever_refers_comes_first():
    names = [model.__name__ for model in owned_models()]

    assert {"Gateway", "Release", "Service", "Agent", "ReleasePolicy"} <= set(names)
    for one, other in [("Route", "Gateway"), ("Release", "Gateway"), ("Evaluation", "Release")]:
        assert names.index(one) < names.index(other)


def test_by_name__every_model_that_names_both__is_there_but_audit_trail_and_fences():
    named = {
        model
        for model in apps.get_models()
        if issubclass(model, ExplicitDatabase)
        and {"organisation", "environment"}
        <= {f.name for f in model._meta.fields if not f.is_relation}
    }

    assert named == {*BY_NAME, AuditEntry, Fence}


@pytest.mark.django_db(databases=DATABASES)
def test_delete_rows__furnished__only_its_own_go_and_progress_is_told(database):
    one, other = tenant("acme", database, first_id=9_000), tenant("globex", database)
    before = {k: v for k, v in other.all_rows().items() if k != "OutboxEvent"}
    total = sum(counted(one.environment).values())

    told = list(delete_rows(one.environment))

    assert told[-1] == (total, total)
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert counted(one.environment) == {}
    assert {k: v for k, v in other.all_rows().items() if k != "OutboxEvent"} == before
    assert list(delete_rows(one.environment)) == []


def test_delete_rows__was_moved_once__its_fences_go_wherever_it_was(environment, other_environment):
    environment.former_databases = list({*DATABASES} - {environment.database})
    for each in (environment, other_environment):
        for alias in DATABASES:
            names = (each.organisation.name, each.name)
            fences.put(alias, each.pk, names, FenceState.MOVED)

    list(delete_rows(environment))

    for alias in DATABASES:
        left = Fence.objects.using(alias).values_list("environment_id", flat=True)
        assert list(left) == [other_environment.pk]


def test_delete_rows__was_moved_once__what_stayed_there_goes_too(environment):
    (former,) = {*DATABASES} - {environment.database}
    environment.former_databases = [former]
    letter = dead_letter_in(environment)
    letter.pk = None
    letter.save(using=former, force_insert=True)
    assert counted(environment)["dead letters"] == 2

    list(delete_rows(environment))

    assert not any(DeadLetter.objects.using(alias).exists() for alias in DATABASES)


def test_held_leases__of_this_environment__and_of_no_other(environment):
    for name in (*lease_names(environment), "discovery/0"):
        Lease.objects.using(environment.database).create(
            name=name, holder="x", expires_at=timezone.now()
        )

    assert {each.name for each in held_leases(environment)} == set(lease_names(environment))


def test_delete_by_name__of_one_organisation__others_stay(environment, other_environment):
    dead_letter_in(environment)
    dead_letter_in(other_environment)

    assert delete_by_name(DeadLetter, environment.database, organisation="acme") == 1
    assert DeadLetter.objects.using(other_environment.database).count() == 1
