from __future__ import annotations

import pytest

from gateways.models import Agent, Gateway, Instance, Route, Service
from gateways.services.rows import document_of
from policies.models import PolicyVersion, Release
from tenants.connections import namespaces
from tenants.exceptions import NotActive, QuotaReached
from tenants.models import Environment, Organisation
from tenants.services import archiving
from tenants.services.cloning import clone_environment
from tenants.services.deletion import delete_environment
from tenants.services.namespaces import set_secret
from tenants.services.tenancy import change_environment
from tests.conftest import DATABASES
from tests.factories import ACTOR
from tests.furnished import tenant
from vamp.errors import Conflict, Invalid
from vamp.models import AuditEntry, OutboxEvent

pytestmark = pytest.mark.django_db(databases=DATABASES)


def production(database, **fields):
    environment = tenant("acme", database, first_id=9_000).environment
    return change_environment(environment, actor=ACTOR, **fields) if fields else environment


def documents(environment):
    rows = Gateway.objects.in_environment(environment).prefetch_related("hosts", "routes")
    return {row.name: (document_of(row), row.layout) for row in rows}


@pytest.mark.parametrize("into", DATABASES)
def test_clone_environment__furnished__configuration_gateways_and_policies_come_along(
    database, into
):
    source = production(database, service_label="team/app", shared_port=8081, order=3)

    made = clone_environment(source, "staging", actor="root", stage="test", database=into)

    clone = Environment.objects.get(name="staging")
    assert made.environment == clone
    assert (clone.service_label, clone.shared_port, clone.order) == ("team/app", 8081, 3)
    assert (clone.stage, clone.database, clone.title) == ("test", into, "")
    assert documents(clone) == documents(source)
    assert made.copied == {"gateways": 1, "policies": 1}
    version = PolicyVersion.objects.in_environment(clone).select_related("policy").get()
    assert (version.policy.name, version.number, version.created_by) == ("canary", 1, "root")
    for model in (Release, Service, Instance, Agent):
        assert not model.objects.in_environment(clone).exists()
    gateway = Gateway.objects.in_environment(clone).get()
    assert (gateway.revision, gateway.generation, gateway.published_generation) == (1, 1, 0)


def test_clone_environment__furnished__source_stays_as_it_was(database):
    one = tenant("acme", database, first_id=9_000)
    before = {k: v for k, v in one.all_rows().items() if k not in {"OutboxEvent", "AuditEntry"}}

    clone_environment(one.environment, "staging", actor="root")

    after = {k: v for k, v in one.all_rows().items() if k not in {"OutboxEvent", "AuditEntry"}}
    assert after == before


def test_clone_environment__made__is_audited_and_its_gateways_are_to_be_published(database):
    source = production(database)

    made = clone_environment(source, "staging", actor="root").environment

    entry = AuditEntry.objects.using("default").get(verb="environment.cloned")
    assert entry.after == {"from": "acme/production", "copied": {"gateways": 1, "policies": 1}}
    event = OutboxEvent.objects.using("default").get(subject__endswith="environment.cloned")
    assert event.payload["environment_id"] == made.pk


def test_clone_environment__with_a_scheduler__wants_a_namespace_of_its_own(database):
    source = production(database, scheduler_url="kubernetes://c.test", namespace="live")

    with pytest.raises(Invalid) as caught:
        clone_environment(source, "staging", actor="root")
    with pytest.raises(Conflict):
        clone_environment(source, "staging", actor="root", namespace="live")
    with pytest.raises(Conflict):
        clone_environment(
            source, "staging", actor="root", scheduler_url="kubernetes://C.test:6443/",
            namespace="live",
        )  # fmt: skip

    assert [fault.pointer for fault in caught.value.faults] == ["/namespace"]
    assert Environment.objects.count() == 1
    made = clone_environment(source, "staging", actor="root", namespace="staging").environment
    assert (made.scheduler_url, made.namespace) == ("kubernetes://c.test", "staging")


def test_clone_environment__without_a_scheduler__is_told(database):
    source = production(database, scheduler_url="local:/srv/live")

    made = clone_environment(source, "staging", actor="root", scheduler_url="")

    assert made.environment.placement is None
    assert any("no scheduler yet" in note for note in made.notes)


def test_clone_environment__name_taken__leaves_nothing(database):
    source = production(database)
    gateways = Gateway.objects.using(database).count()

    with pytest.raises(Conflict):
        clone_environment(source, "production", actor="root")

    assert Gateway.objects.using(database).count() == gateways


def test_clone_environment__gateways_do_not_fit__leaves_nothing(database):
    source = production(database)
    Organisation.objects.update(most_gateways=1)
    source.organisation.refresh_from_db()

    with pytest.raises(QuotaReached, match="may have 1 gateways and has 1"):
        clone_environment(source, "staging", actor="root")

    assert [each.name for each in Environment.objects.all()] == ["production"]
    assert Environment.objects.using(database).count() == 1


def test_clone_environment__secrets__are_left_out_and_named_unless_asked_for(database):
    source = production(database, kv_url="vault://v.test/one", metrics_url="db:")
    for name in ("kv", "metrics", "scheduler"):
        set_secret(source, name, f"hunter2-{name}", actor=ACTOR)

    bare = clone_environment(source, "bare", actor="root")
    full = clone_environment(source, "full", actor="root", with_secrets=True, kv_url="vault://w/x")

    assert (bare.secrets_set, bare.secrets_missing) == ([], ["kv", "metrics", "scheduler"])
    assert namespaces.document(bare.environment).secrets == {}
    # Of another store than the source's nothing is known.
    assert (full.secrets_set, full.secrets_missing) == (["metrics", "scheduler"], ["kv"])
    held = namespaces.document(full.environment).secrets
    assert held["metrics"].value == "hunter2-metrics"
    assert "hunter2" not in repr(full)


def test_clone_environment__archived__may_be_copied_and_one_on_its_way_out_not(database):
    source = production(database)
    archiving.archive_environment(source, actor="root")

    assert clone_environment(source, "staging", actor="root").environment.is_active
    delete_environment(source, confirm="production", actor="root")

    with pytest.raises(NotActive):
        clone_environment(source, "third", actor="root")


@pytest.mark.parametrize("count", [1, 20])
def test_clone_environment__any_number_of_gateways__same_queries(
    count, django_assert_max_num_queries
):
    source = production("default")
    for number in range(count):
        gateway = Gateway.objects.in_environment(source).get(name="shop")
        routes = list(gateway.routes.all())
        gateway.pk, gateway.name, gateway._state.adding = None, f"g{number}", True
        gateway.save()
        for route in routes:
            route.pk, route.gateway, route._state.adding = None, gateway, True
        Route.objects.using("default").bulk_create(routes)

    with django_assert_max_num_queries(32):
        clone_environment(source, "staging", actor="root")
