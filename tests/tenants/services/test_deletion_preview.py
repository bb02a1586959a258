from __future__ import annotations

import pytest

from tenants.connections import kv_for
from tenants.services.deletion_preview import preview_of
from tests.conftest import DATABASES
from tests.tenants.services.deleting import furnished

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_preview_of__environment__counts_what_is_its_own(database):
    one, _ = furnished(database)

    found = preview_of(one.environment)

    assert found["rows"]["gateways"] == 1
    assert found["rows"]["releases"] == 1
    assert found["keys"] == 3
    assert found["subjects"] == ["vamp.acme.production.>"]
    assert (found["tokens"], found["alive"], found["unknown"]) == (1, {"agents": 1}, {})


def test_preview_of__store_is_away__the_rest_is_told_all_the_same(database):
    one, _ = furnished(database)
    environment = one.environment
    environment.kv_url = "vault://127.0.0.1:9/secret?tls=off"

    found = preview_of(environment)

    assert found["keys"] is None
    assert "keys" in found["unknown"]
    assert found["rows"]["gateways"] == 1


def test_preview_of__organisation__holds_its_environments_and_people(database):
    one, _ = furnished(database)

    found = preview_of(one.organisation)

    assert list(found["environments"]) == ["production"]
    assert (found["people"], found["tokens"]) == (1, 2)
    assert found["subjects"] == ["vamp.acme.>"]


def test_preview_of__anything__holds_no_secret(database):
    one, _ = furnished(database)
    assert "hunter2" in (kv_for(one.environment).get("acme/production/environment") or "").value

    assert "hunter2" not in str(preview_of(one.organisation))
