from __future__ import annotations

import pytest

from tenants.domain.namespace import Namespace, NamespaceUnreadable, Secret
from tenants.secrets import FRESH_S, NamespaceReader, key_of
from vamp.drivers.kv.file import FileStore
from vamp.ports.errors import PortUnavailable


class Store(FileStore):
    """A store that counts its reads and can be taken away."""

    is_away, reads = False, 0

    def get(self, key):
        self.reads += 1
        if self.is_away:
            raise PortUnavailable("away")
        return super().get(key)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "secrets", master=bytes(32))


@pytest.fixture
def time():
    return [0.0]


@pytest.fixture
def reader(store, time):
    return NamespaceReader(lambda: store, clock_s=lambda: time[0])


def write(store, row, **secrets):
    document = Namespace({}, {name: Secret(value, "", "") for name, value in secrets.items()})
    store.put(key_of(row), document.to_json())


def test_secret__never_set__is_empty(reader, environment):
    assert reader.secret(environment, "scheduler") == ""


def test_secret__of_an_environment__is_not_its_organisations(reader, store, environment):
    write(store, environment, kv="own")
    write(store, environment.organisation, kv="shared")

    assert reader.secret(environment, "kv") == "own"
    assert reader.secret(environment.organisation, "kv") == "shared"


def test_secret__asked_again_at_once__is_not_read_again(reader, store, environment):
    for _ in range(3):
        reader.secret(environment, "kv")

    assert store.reads == 1


def test_secret__changed_elsewhere__is_heard_of_after_a_while(reader, store, environment, time):
    write(store, environment, kv="old")
    reader.secret(environment, "kv")
    write(store, environment, kv="new")
    before = reader.secret(environment, "kv")

    time[0] += FRESH_S

    assert (before, reader.secret(environment, "kv")) == ("old", "new")


def test_secret__changed_by_this_process__is_read_at_once(reader, store, environment):
    write(store, environment, kv="old")
    reader.secret(environment, "kv")
    write(store, environment, kv="new")

    reader.forget(environment)

    assert reader.secret(environment, "kv") == "new"


def test_secret__store_goes_away__what_was_read_holds_on(reader, store, environment, time):
    write(store, environment, kv="own")
    reader.secret(environment, "kv")
    store.is_away = True
    time[0] += 100 * FRESH_S

    assert reader.secret(environment, "kv") == "own"


def test_secret__store_was_never_there__says_so(reader, store, environment):
    store.is_away = True

    with pytest.raises(PortUnavailable):
        reader.secret(environment, "kv")


def test_secret__document_is_damaged__is_refused(reader, store, environment):
    store.put(key_of(environment), "[]")

    with pytest.raises(NamespaceUnreadable):
        reader.secret(environment, "kv")
