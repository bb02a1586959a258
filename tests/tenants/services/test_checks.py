from __future__ import annotations

import pytest

from tenants.connections import namespaces
from tenants.domain.store import Store
from tenants.models import ConnectionResult
from tenants.services.check_questions import Proposal
from tenants.services.checks import (
    ask_connection,
    ask_connections,
    ask_proposal,
    forget_results,
    key_of,
    results_of,
    store_named,
)
from tenants.services.namespaces import set_secret
from tenants.services.tenancy import change_environment
from tests.factories import ACTOR
from vamp.errors import Invalid, NotFound
from vamp.models import AuditEntry, OutboxEvent

SECRET = "token:hunter2-and-more"


def test_ask__embedded_store__is_well_kept_audited_and_told(environment):
    found = ask_connection(environment, Store.KV, actor=ACTOR)

    assert found.ok, found
    kept = results_of([environment])[environment, Store.KV]
    assert kept.checked == found
    assert kept.tested_by == ACTOR
    entry = AuditEntry.objects.using("default").get(verb="connection.tested")
    assert (entry.environment, entry.after) == (environment.name, {"kv": "well"})
    assert OutboxEvent.objects.using("default").filter(
        subject__endswith="tenants.connection.tested"
    )


def test_ask__again__takes_the_place_of_the_first(environment):
    ask_connection(environment, Store.KV, actor=ACTOR)
    ask_connection(environment, Store.KV, actor="somebody")

    (row,) = ConnectionResult.objects.all()
    assert row.tested_by == "somebody"


def test_ask__store_that_is_away__says_so_and_does_not_raise(environment, settings, tmp_path):
    (tmp_path / "file").write_text("no folder")
    settings.KV_URL = f"file://{tmp_path}/file"

    found = ask_connection(environment, Store.KV, actor=ACTOR)

    assert not found.ok
    assert "does not work" in found.findings[0].message


def test_ask__secret_that_cannot_be_had__is_a_finding(environment):
    change_environment(environment, actor=ACTOR, kv_url="vault://elsewhere:8200/kv")

    found = ask_connection(environment, Store.KV, actor=ACTOR)

    assert found.system == "Vault"
    assert "not on the installation's own server" in found.findings[0].message
    assert "set the secret kv" in found.findings[0].hint


def test_ask__no_scheduler__is_to_be_prepared(environment):
    found = ask_connection(environment, Store.SCHEDULER, actor=ACTOR)

    assert found.ok
    assert not found.is_prepared


def test_ask_all__of_two_places__asks_each_connection_of_both(environment, tmp_path, settings):
    settings.CELERY_BROKER_URL = f"filesystem://{tmp_path}/broker"
    only_kv = Store.KV

    found = ask_connections([environment, None], actor=ACTOR, only=only_kv)

    assert set(found) == {(environment, Store.KV), (None, Store.KV)}


def test_ask_all__more_places_than_a_page__is_refused(environment):
    with pytest.raises(Invalid):
        ask_connections([environment] * 21, actor=ACTOR)


def test_proposal__that_works__is_tried_and_nothing_is_kept(environment, tmp_path):
    (tmp_path / "services").mkdir()

    found = ask_proposal(
        environment, Store.SCHEDULER, Proposal(f"local:{tmp_path}/services"), actor=ACTOR
    )

    assert found.system == "processes of this machine"
    assert not ConnectionResult.objects.exists()
    entry = AuditEntry.objects.using("default").get(verb="connection.tested")
    assert entry.after["proposed"] == f"local:{tmp_path}/services"


@pytest.mark.parametrize("url", ["redis://x", "http://169.254.169.254/", "gopher://x", "x"])
def test_proposal__scheme_without_a_driver__is_refused_before_anything_is_asked(environment, url):
    with pytest.raises(Invalid):
        ask_proposal(environment, Store.KV, Proposal(url), actor=ACTOR)


def test_proposal__address_of_a_cloud_s_metadata__is_never_asked(environment):
    proposal = Proposal("vault://169.254.169.254:80/kv?tls=off", SECRET)

    found = ask_proposal(environment, Store.KV, proposal, actor=ACTOR)

    assert "no address of a store" in found.findings[0].message
    assert found.latency_ms is None


def test_proposal__url_with_a_password__is_refused_and_not_repeated(environment):
    with pytest.raises(Invalid) as refusal:
        ask_proposal(
            environment, Store.METRICS, Proposal("elasticsearch://u:hunter2@h/p"), actor=ACTOR
        )

    assert "hunter2" not in str(refusal.value)


def test_proposal__another_server__is_not_shown_the_stored_secret(environment):
    change_environment(environment, actor=ACTOR, kv_url="vault://own:8200/kv?tls=off")
    set_secret(environment, "kv", SECRET, actor=ACTOR)
    namespaces.forget(environment)

    found = ask_proposal(
        environment, Store.KV, Proposal("vault://rogue:8200/kv?tls=off"), actor=ACTOR
    )

    assert "set the secret kv" in found.findings[0].hint


def test_proposal__for_the_database__is_no_connection_by_url(environment):
    with pytest.raises(Invalid):
        ask_proposal(environment, Store.DATABASE, Proposal("mysql://h/x"), actor=ACTOR)


def test_store_named__unknown__names_those_that_there_are(environment):
    with pytest.raises(NotFound, match="kv, events, metrics"):
        store_named(environment.organisation, "scheduler")


def test_forget_results__of_a_place__leaves_those_of_others(environment):
    ask_connection(environment, Store.KV, actor=ACTOR)
    ask_connection(environment.organisation, Store.KV, actor=ACTOR)

    forget_results(environment)

    (row,) = ConnectionResult.objects.all()
    assert row.key == key_of(environment.organisation, Store.KV)
