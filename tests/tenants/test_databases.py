import pytest

from tenants.databases import dedicated_databases
from tenants.services.dedicated import create_database
from tests.factories import ACTOR, organisation_named
from vamp.ports.errors import PortUnavailable

pytestmark = pytest.mark.django_db


def test_databases__their_passwords_cannot_be_read__are_there_without(monkeypatch):
    create_database(
        organisation_named("acme"), "own", "mysql://u@h/x", password="hunter2", actor=ACTOR
    )

    def away(row, name):
        raise PortUnavailable("sealed")

    monkeypatch.setattr("tenants.databases.namespaces.secret", away)
    found = dedicated_databases()

    assert [(known.alias, known.password, known.is_ready) for known in found] == [
        ("own", "", False)
    ]
