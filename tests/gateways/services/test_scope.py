"""The scope of a change: its event and its audit entry, where the change is."""

from __future__ import annotations

from django.db import transaction

from gateways.services.scope import Scope
from vamp.models import AuditEntry, OutboxEvent


def entries(environment):
    return AuditEntry.objects.using(environment.database).filter(kind="gateway")


def events(environment):
    return OutboxEvent.objects.using(environment.database).filter(subject__contains=".gateways.")


def test_emit__of_an_environment__carries_its_path_and_id(environment):
    Scope(environment, "acme/ana").emit("gateways.gateway.changed", {"gateway": "shop"})

    event = events(environment).get()
    assert event.subject == "vamp.acme.production.gateways.gateway.changed"
    assert (event.organisation, event.environment) == ("acme", "production")
    assert event.payload == {"environment_id": environment.pk, "gateway": "shop"}


def test_audit__of_an_environment__takes_its_kind_from_the_verb(environment):
    Scope(environment, "acme/ana").audit("gateway.changed", "shop", after={"title": "Web shop"})

    entry = entries(environment).get()
    assert (entry.organisation, entry.environment) == ("acme", "production")
    assert (entry.actor, entry.kind, entry.name) == ("acme/ana", "gateway", "shop")
    assert (entry.before, entry.after) == (None, {"title": "Web shop"})


def test_scope__change_that_fails__leaves_neither_record(environment):
    scope = Scope(environment, "acme/ana")

    with transaction.atomic(using=scope.database):
        scope.emit("gateways.gateway.changed", {"gateway": "shop"})
        scope.audit("gateway.changed", "shop")
        transaction.set_rollback(True, using=scope.database)

    assert not events(environment).exists()
    assert not entries(environment).exists()


def test_scope__of_one_tenant__leaves_nothing_with_the_other(environment, other_environment):
    scope = Scope(environment, "acme/ana")

    scope.emit("gateways.gateway.changed", {"gateway": "shop"})
    scope.audit("gateway.changed", "shop")

    assert scope.database == environment.database
    assert not events(other_environment).exists()
    assert not entries(other_environment).exists()
