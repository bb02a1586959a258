from collections import Counter

import pytest
from django.db import connections, router
from django.db.migrations.executor import MigrationExecutor
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


def tables_of(alias):
    """Table → its columns and what holds of them, whatever the order in which they were made."""
    connection = connections[alias]
    look = connection.introspection
    found = {}
    with connection.cursor() as cursor:
        for table in look.table_names(cursor):
            columns = {
                (each.name, str(each.type_code), each.null_ok)
                for each in look.get_table_description(cursor, table)
            }
            rules = Counter(
                (tuple(rule["columns"] or ()), *(rule[kind] for kind in RULES))
                for rule in look.get_constraints(cursor, table).values()
            )
            found[table] = columns, rules
    return found


RULES = ("primary_key", "unique", "foreign_key", "check", "index")


def migrate_one_by_one(alias):
    """Migrate as if nothing had been put in one."""
    slow = MigrationExecutor(connections[alias])
    slow.loader.replace_migrations = False
    slow.loader.build_graph()
    slow.migrate([key for key in slow.loader.graph.leaf_nodes() if "_squashed_" not in key[1]])


def test_migrations__one_by_one_and_in_one__come_to_the_same_tables(fresh, tmp_path, monkeypatch):
    monkeypatch.setattr(router, "routers", [])  # identity too
    learnt.learn(Known("other", f"sqlite://{tmp_path}/other.sqlite3", is_ready=False))
    migrate_one_by_one(fresh)
    quick = MigrationExecutor(connections["other"])
    quick.migrate(quick.loader.graph.leaf_nodes())

    one_by_one, in_one = tables_of(fresh), tables_of("other")
    count = migrating.migrate(fresh)

    assert {"tenants_rolebinding", "vamp_auditentry"} <= in_one.keys()
    assert in_one == one_by_one
    assert (count, migrating.behind(fresh)) == (0, [])
    assert tables_of(fresh) == one_by_one
