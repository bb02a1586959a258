import pytest
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from tests.tenants.storages import cleaned
from vamp import migrating
from vamp.dedicated import Known, learnt

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


@pytest.fixture
def fresh(db, tmp_path):
    with cleaned():
        learnt.learn(Known("fresh", f"sqlite://{tmp_path}/fresh.sqlite3", is_ready=False))
        migrating.forget("fresh")
        yield "fresh"


def test_behind__an_empty_database__names_every_migration_of_its_apps(fresh):
    missing = migrating.behind(fresh)

    assert {name.partition(".")[0] for name in missing} == {
        "vamp",
        "tenants",
        "gateways",
        "policies",
    }


def test_migrate__an_empty_database__makes_its_tables_and_no_identity(fresh):
    told = []

    count = migrating.migrate(fresh, lambda *progress: told.append(progress))

    tables = connections[fresh].introspection.table_names()
    assert count == told[-1][1] == told[-1][2] > 3
    assert "gateways_gateway" in tables
    assert not {"tenants_user", "auth_group", "tenants_storagemove", "django_session"} & {*tables}
    assert migrating.behind(fresh) == []
    assert migrating.migrate(fresh) == 0


def test_behind__one_migration_missing__is_named_until_it_is_there():
    migrating.forget("dedicated")
    recorder = MigrationRecorder(connections["dedicated"])
    recorder.record_unapplied("gateways", "0001_initial")

    assert migrating.behind("dedicated") == ["gateways.0001_initial"]

    recorder.record_applied("gateways", "0001_initial")
    assert migrating.behind("dedicated") == []


def test_migrate__a_database_made_before_they_were_put_in_one__changes_nothing(fresh):
    migrating.migrate(fresh)
    recorder = MigrationRecorder(connections[fresh])
    loader = MigrationLoader(connections[fresh])
    replaced = {key: rest.replaces for key, rest in loader.disk_migrations.items() if rest.replaces}
    for key, olds in replaced.items():
        recorder.record_unapplied(*key)
        for old in olds:
            recorder.record_applied(*old)
    migrating.forget(fresh)

    count = migrating.migrate(fresh)

    assert {app for app, _ in replaced} == {"tenants", "vamp"}
    assert (count, migrating.behind(fresh)) == (0, [])


def test_behind__a_database_in_the_midst_of_what_was_put_in_one__says_so(fresh):
    migrating.migrate(fresh)
    recorder = MigrationRecorder(connections[fresh])
    recorder.record_unapplied("vamp", "0001_squashed_0006_events_of_an_organisation")
    recorder.record_applied("vamp", "0001_initial")
    migrating.forget(fresh)

    assert migrating.behind(fresh) == ["vamp.0001_squashed_0006_events_of_an_organisation"]
