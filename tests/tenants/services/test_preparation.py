import pytest
from django.db import connections

from tenants.models import DedicatedDatabase, NumberRange
from tenants.services import preparation
from tenants.services.dedicated import create_database
from tenants.services.preparation import due, prepare
from tests.factories import ACTOR, GatewayFactory, environment_in, organisation_named
from tests.tenants.storages import Crash, a_database, cleaned
from vamp.models import OutboxEvent

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"], transaction=True)


@pytest.fixture(autouse=True)
def nothing_is_left(db):
    with cleaned():
        yield


@pytest.fixture
def named(tmp_path):
    url, password = a_database(tmp_path, "acme-own")
    return create_database(
        organisation_named("acme"), "acme-own", url, password=password, actor=ACTOR
    )


def test_prepare__an_empty_database__makes_it_ready_for_environments(named):
    assert due() == [named]

    row = prepare(named)
    environment = environment_in("acme-own")
    made = GatewayFactory.create(environment=environment)

    assert (row.state, row.error) == ("ready", "")
    assert made.pk >= 2**32
    assert due() == []
    assert (
        OutboxEvent.objects.using("default")
        .filter(subject="vamp.acme._.tenants.database.prepared")
        .exists()
    )


@pytest.mark.parametrize("number", range(1, 6))
def test_prepare__killed_at_any_step__goes_on(named, monkeypatch, number):
    steps = [*preparation.STEPS]

    def crash(row, hold):
        raise Crash

    monkeypatch.setattr(preparation, "STEPS", [*steps[:number], crash])
    with pytest.raises(Crash):
        prepare(named)
    monkeypatch.setattr(preparation, "STEPS", steps)

    assert prepare(named).state == "ready"
    assert NumberRange.objects.count() == 1


def test_prepare__tables_half_made__begins_anew(named):
    with connections["default"].cursor():
        pass
    from tenants.databases import known
    from vamp.dedicated import learnt

    learnt.learn(known(named))
    with connections["acme-own"].cursor() as cursor:
        like_ours = " COLLATE utf8mb4_bin" if cursor.db.vendor == "mysql" else ""
        cursor.execute(f"CREATE TABLE gateways_gateway (id INTEGER PRIMARY KEY){like_ours}")

    found = prepare(named)

    assert (found.state, found.error) == ("ready", "")


def test_prepare__tables_of_others__is_refused(named):
    from tenants.databases import known
    from vamp.dedicated import learnt

    learnt.learn(known(named))
    with connections["acme-own"].cursor() as cursor:
        cursor.execute("CREATE TABLE wordpress (id INTEGER PRIMARY KEY)")

    row = prepare(named)

    assert row.state == "failed"
    assert "not empty: it holds 1 tables of others (wordpress)" in row.error


def test_prepare__a_database_that_has_another_name_already__is_refused(named):
    prepare(named)
    again = DedicatedDatabase.objects.create(
        alias="again", organisation=named.organisation, url=named.url
    )
    from tenants.connections import namespaces
    from tenants.services.namespaces import keep_secret

    password = namespaces.secret(named.organisation, named.secret_name)
    if password:
        keep_secret(named.organisation, again.secret_name, password, actor=ACTOR)

    row = prepare(again)

    assert (row.state, "it is the database acme-own already" in row.error) == ("failed", True)


def test_prepare__a_server_that_is_away__waits_and_says_so():
    row = create_database(
        organisation_named("acme"), "away", "sqlite:////nowhere/at/all.sqlite3", actor=ACTOR
    )

    row = prepare(row)

    assert row.state == "preparing"
    assert "cannot be reached" in row.error
