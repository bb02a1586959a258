from __future__ import annotations

import json

import pytest

from tenants import connections
from tenants.models import Environment, Organisation
from tenants.services.namespaces import set_secret
from vamp.errors import Invalid
from vamp.streams import Stream


@pytest.mark.parametrize(
    ("own", "organisations", "expected"),
    [
        ("", "", "installation"),
        ("", "organisation", "organisation"),
        ("environment", "", "environment"),
        ("environment", "organisation", "environment"),
    ],
)
def test_urls__at_several_levels__the_nearest_holds(settings, own, organisations, expected):
    settings.KV_URL = settings.METRICS_URL = "installation"
    environment = Environment(
        kv_url=own,
        metrics_url=own,
        organisation=Organisation(kv_url=organisations, metrics_url=organisations),
    )

    assert connections.kv_url(environment) == expected
    assert connections.metrics_url(environment) == expected


def test_kv_for__environments_of_one_store__share_what_is_open(environment, other_environment):
    first = connections.kv_for(environment)

    assert first is connections.kv_for(other_environment) is connections.installation_kv()


def test_kv_for__own_store__is_another(environment, tmp_path):
    environment.kv_url = f"file://{tmp_path}/own"
    connections.kv_for(environment).put("acme/production/environment", "{}", expected=0)

    assert connections.kv_for(environment).get("acme/production/environment").value == "{}"
    assert connections.installation_kv().get("acme/production/environment") is None


OWN = "vault://vault.test:8200/kv?ca=/etc/hostname"


@pytest.fixture
def on_vault(settings):
    settings.KV_URL, settings.KV_KEY = OWN, "token:hunter2"


@pytest.mark.parametrize("url", [OWN, "vault://vault.test:8200/mount2?ca=/etc/hostname"])
def test_kv_key__any_mount_of_our_vault__is_the_installations(on_vault, url):
    assert connections.kv_key(url) == "token:hunter2"


@pytest.mark.parametrize(
    "url",
    [
        "vault://elsewhere.test:8200/kv?ca=/etc/hostname",
        "vault://vault.test:9999/kv?ca=/etc/hostname",
        "vault://vault.test:8200/kv?tls=off",
        "vault://vault.test:8200/kv",
        "vault://vault.test:8200/kv?ca=/etc/hostname&namespace=theirs",
    ],
)
def test_kv_key__another_server_without_a_secret__is_not_shown_our_key(on_vault, url):
    with pytest.raises(Invalid, match="not on the installation's own server") as caught:
        connections.kv_key(url)

    assert "hunter2" not in str(caught.value)


def test_kv_key__folder_beside_a_vault__has_a_key_of_its_own(on_vault, environment, tmp_path):
    environment.kv_url = f"file://{tmp_path}/own"

    connections.kv_for(environment).put("acme/production/environment", "{}")

    assert connections.kv_for(environment).get("acme/production/environment").value == "{}"
    assert connections.kv_key(environment.kv_url) not in {"", "token:hunter2"}


def test_kv_key__vault_beside_a_folder__is_none_of_ours(settings, tmp_path):
    settings.KV_URL, settings.KV_KEY = f"file://{tmp_path}/kv", "master"

    with pytest.raises(Invalid, match="not on the installation's own server"):
        connections.kv_key(OWN)


def test_metrics_for__two_environments__do_not_see_each_others_rows(environment, other_environment):
    stores = [connections.metrics_for(each) for each in (environment, other_environment)]

    assert stores[0] is not stores[1]
    assert all(store.traffic([]) == [] for store in stores)


def test_events_of__a_database__replays_what_lies_there(environment):
    assert (
        connections.events_of(environment.database).replay(after=0, subject="vamp.>", limit=1) == []
    )


def test_scheduler_for__none__says_how_to_set_one(environment):
    with pytest.raises(Invalid) as caught:
        connections.scheduler_for(environment)

    assert caught.value.faults[0].pointer == "/scheduler_url"
    assert "local:/" in caught.value.faults[0].hint


def test_scheduler_for__local__is_opened(environment, tmp_path):
    environment.scheduler_url = f"local:{tmp_path}"

    assert connections.scheduler_for(environment).logs


def test_scheduler_for__kubernetes__is_given_namespace_labels_and_credentials(
    environment, monkeypatch
):
    environment.scheduler_url, environment.namespace = "kubernetes://cluster:6443", "team"
    set_secret(environment, "scheduler", '{"token": "hunter2"}', actor="root")
    given = {}
    monkeypatch.setattr("vamp.wiring.scheduler_from_url", lambda url, **more: given.update(more))

    connections.scheduler_for(environment)

    assert json.loads(given.pop("secret")) == {"token": "hunter2"}
    assert given == {"namespace": "team", "service_label": "app", "version_label": "version"}


def test_scheduler_for__kubernetes_without_a_secret__is_given_none(environment, monkeypatch):
    environment.scheduler_url = "kubernetes://cluster:6443"
    connections.namespaces.forget(environment)
    given = {}
    monkeypatch.setattr("vamp.wiring.scheduler_from_url", lambda url, **more: given.update(more))

    connections.scheduler_for(environment)

    assert given["secret"] == ""


def test_metrics_connection__secret_of_the_organisation__opens_its_store(environment):
    organisation = environment.organisation
    organisation.metrics_url = "elasticsearch://es.test:9200/acme"
    set_secret(organisation, "metrics", "ana:hunter2", actor="root")

    found = connections.metrics_connection(environment)

    assert (found.url, found.key) == (organisation.metrics_url, "ana:hunter2")
    assert "hunter2" not in repr(found)


def test_kv_connection__own_secret__goes_before_the_installations_key(on_vault, environment):
    environment.kv_url = "vault://elsewhere.test:8200/kv?tls=off"
    connections.namespaces.forget(environment)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connections.namespaces, "secret", lambda row, name: "token:theirs")
        found = connections.kv_connection(environment)

    assert found.key == "token:theirs"


def test_stream_of__secret_of_the_environment__opens_its_stream(environment):
    environment.events_url = "nats://elsewhere.test:4222"
    set_secret(environment, "events", "creds", actor="root")

    assert connections.stream_of(environment) == Stream(environment.events_url, "creds")
