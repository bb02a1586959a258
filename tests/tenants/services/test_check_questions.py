from __future__ import annotations

from unittest.mock import Mock

import pytest

from tenants import connections
from tenants.domain.store import OF_ENVIRONMENT, OF_INSTALLATION, OF_ORGANISATION, Store
from tenants.services.check_questions import (
    Proposal,
    connection_of,
    question,
    saved_url,
    stores_of,
)
from tenants.services.tenancy import change_environment, change_organisation
from tests.factories import ACTOR
from vamp.ports.errors import PortUnavailable


def test_stores_of__each_kind_of_place__are_those_that_it_has(environment):
    assert stores_of(environment) == list(OF_ENVIRONMENT)
    assert stores_of(environment.organisation) == list(OF_ORGANISATION)
    assert stores_of(None) == list(OF_INSTALLATION)


def test_saved_url__set_at_several_places__is_the_nearest(environment, settings):
    settings.METRICS_URL = "db:"
    assert saved_url(environment, Store.METRICS) == "db:"

    change_organisation(
        environment.organisation, actor=ACTOR, metrics_url="elasticsearch://org/vamp"
    )
    assert saved_url(environment, Store.METRICS) == "elasticsearch://org/vamp"

    change_environment(environment, actor=ACTOR, metrics_url="elasticsearch://env/vamp")
    assert saved_url(environment, Store.METRICS) == "elasticsearch://env/vamp"


@pytest.mark.parametrize("store", OF_ENVIRONMENT)
def test_question__of_a_new_environment__is_answered_by_every_store(environment, store):
    found = question(environment, store)()

    assert found.ok, found


@pytest.mark.parametrize("store", OF_ORGANISATION)
def test_question__of_an_organisation__is_answered_by_every_store(environment, store):
    assert question(environment.organisation, store)().ok


@pytest.mark.parametrize("store", [Store.DATABASE, Store.KV, Store.EVENTS, Store.METRICS])
def test_question__of_the_installation__is_answered(environment, store):
    assert question(None, store)().ok


def test_question__broker__is_the_installations(environment, settings, tmp_path):
    (tmp_path / "queue").mkdir()
    settings.CELERY_BROKER_URL = f"filesystem://{tmp_path}"

    assert question(None, Store.BROKER)().system == "folder of queues"


def test_connection_of__proposed_secret__goes_to_the_proposed_url(environment):
    found = connection_of(environment, Store.METRICS, Proposal("elasticsearch://h/p", "u:hunter2"))

    assert (found.url, found.key) == ("elasticsearch://h/p", "u:hunter2")
    assert "hunter2" not in repr(found)


def test_connection_of__proposed_events__are_closed_after_the_question(environment):
    found = question(environment, Store.EVENTS, Proposal("nats://127.0.0.1:1"))()

    assert not found.ok
    assert found.system == "NATS JetStream"


def test_question__scheduler_of_an_organisation__is_a_finding(environment):
    assert (
        "only an environment"
        in question(environment.organisation, Store.SCHEDULER, Proposal("local:/tmp"))()
        .findings[0]
        .message
    )


def test_question__no_scheduler_and_no_key_value_store__is_to_be_set(environment, monkeypatch):
    environment.scheduler_url = ""
    sealed = Mock(side_effect=PortUnavailable("it is sealed"))
    monkeypatch.setattr(connections, "secret_of", sealed)

    found = question(environment, Store.SCHEDULER)()

    assert found.ok
    assert [finding.message for finding in found.findings] == ["there is no scheduler yet"]


def test_connection_of__stream_on_the_installations_server__has_its_key_and_no_other_does(
    environment, settings
):
    """As the relay opens it: a test must not refuse what works."""
    settings.EVENTS_URL, settings.EVENTS_KEY = "nats://inside:4222", "creds"
    environment.events_url = "nats://inside:4222"

    assert connection_of(environment, Store.EVENTS).key == "creds"
    environment.events_url = "nats://elsewhere:4222"
    assert connection_of(environment, Store.EVENTS).key == ""
    proposal = Proposal("nats://third:4222")
    assert connection_of(environment, Store.EVENTS, proposal).key == ""
