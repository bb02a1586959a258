from __future__ import annotations

import threading

import pytest

from tenants.connections import installation_kv, namespaces
from tenants.domain.namespace import MOST_SECRET_CHARACTERS, Namespace
from tenants.secrets import key_of
from tenants.services.namespaces import (
    configuration_of,
    forget_secret,
    publish_configuration,
    secret_names,
    set_secret,
)
from vamp.databases import DEFAULT
from vamp.errors import Invalid, NotFound
from vamp.models import AuditEntry, OutboxEvent
from vamp.ports.errors import PortUnavailable

SECRET = "hunter2-and-more"


@pytest.fixture(autouse=True)
def _nothing_remembered(environment):
    namespaces.forget(environment)
    namespaces.forget(environment.organisation)


def document(row):
    entry = installation_kv().get(key_of(row))
    return Namespace.from_json(entry.value) if entry else None


def everything_written():
    """What SQL holds of it, as text."""
    entries = AuditEntry.objects.using(DEFAULT).values_list("verb", "before", "after")
    events = OutboxEvent.objects.using(DEFAULT).values_list("subject", "payload")
    return f"{list(entries)} {list(events)}"


def test_set_secret__of_an_environment__lies_in_the_store_alone(environment):
    set_secret(environment, "scheduler", SECRET, actor="root")

    assert document(environment).secrets["scheduler"].value == SECRET
    assert namespaces.secret(environment, "scheduler") == SECRET
    assert "environment.secret_set" in everything_written()
    assert SECRET not in everything_written()


def test_set_secret__again__replaces_it_and_leaves_the_others(environment):
    set_secret(environment, "kv", "one", actor="root")
    set_secret(environment, "metrics", "other", actor="root")

    set_secret(environment, "kv", "two", actor="ana")

    found = document(environment).secrets
    assert {name: each.value for name, each in found.items()} == {"kv": "two", "metrics": "other"}
    assert found["kv"].set_by == "ana"


def test_set_secret__from_two_sides_at_once__keeps_both(environment):
    names = ["kv", "metrics", "events"]
    store = installation_kv()

    def add(name):
        # Only the store is asked here: rows of a test's transaction are not seen by threads.
        from tenants.services import namespaces as service

        change = lambda held: held.configured({**held.configuration, name: 1})  # noqa: E731
        service.write(environment, change, kv=store)

    threads = [threading.Thread(target=add, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert document(environment).configuration == dict.fromkeys(names, 1)


@pytest.mark.parametrize("value", ["", "  ", "x" * (MOST_SECRET_CHARACTERS + 1)])
def test_set_secret__no_value__is_refused(environment, value):
    with pytest.raises(Invalid):
        set_secret(environment, "kv", value, actor="root")

    assert document(environment) is None


def test_set_secret__unknown_name__says_which_there_are(environment):
    with pytest.raises(NotFound, match="kv, metrics, events"):
        set_secret(environment.organisation, "scheduler", SECRET, actor="root")


def test_set_secret__store_is_away__changes_nothing(environment, settings, tmp_path):
    (tmp_path / "file").write_text("no folder")
    settings.KV_URL = f"file://{tmp_path}/file"

    with pytest.raises(PortUnavailable):
        set_secret(environment, "kv", SECRET, actor="root")

    assert "secret" not in everything_written()


def test_forget_secret__that_is_set__is_gone_and_noted_once(environment):
    set_secret(environment, "kv", SECRET, actor="root")

    forget_secret(environment, "kv", actor="root")
    forget_secret(environment, "kv", actor="root")

    assert document(environment).secrets == {}
    verbs = AuditEntry.objects.using(DEFAULT).values_list("verb", flat=True)
    assert list(verbs).count("environment.secret_forgotten") == 1


def test_publish_configuration__twice__writes_once_and_keeps_secrets(environment):
    set_secret(environment, "kv", SECRET, actor="root")

    first, again = publish_configuration(environment), publish_configuration(environment)

    found = document(environment)
    assert (first, again) == (True, False)
    assert found.configuration == configuration_of(environment)
    assert found.configuration["stage"] == environment.stage
    assert found.secrets["kv"].value == SECRET


def test_secret_names__of_each_kind__an_organisation_has_no_scheduler(environment):
    assert set(secret_names(environment)) - set(secret_names(environment.organisation)) == {
        "scheduler"
    }
