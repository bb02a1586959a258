import pytest

from tenants.connections import namespaces
from tenants.databases import dedicated_databases
from tenants.models import DedicatedDatabase
from tenants.services import tenancy
from tenants.services.dedicated import (
    change_database,
    create_database,
    database_of,
    forget_database,
    users_of,
)
from tests.factories import ACTOR, environment_in, organisation_named
from tests.tenants.storages import cleaned, prepared
from vamp.errors import Conflict, Invalid, NotFound
from vamp.models import AuditEntry

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"], transaction=True)
"""Making a database commits on MySQL."""
URL = "mysql://vamp@db.example.test/acme"


@pytest.fixture(autouse=True)
def nothing_is_left(db):
    with cleaned():
        yield


@pytest.fixture
def acme():
    return organisation_named("acme")


def test_create__with_a_password__keeps_it_in_the_store_alone(acme):
    row = create_database(acme, "acme-own", URL, password="hunter2", actor=ACTOR)

    assert namespaces.secret(acme, row.secret_name) == "hunter2"
    assert [known.password for known in dedicated_databases()] == ["hunter2"]
    assert "hunter2" not in str(list(DedicatedDatabase.objects.values()))
    assert "hunter2" not in str(list(AuditEntry.objects.using("default").values()))


def test_create__again__is_the_same(acme):
    first = create_database(acme, "acme-own", URL, actor=ACTOR)

    assert create_database(acme, "acme-own", URL, actor=ACTOR) == first
    with pytest.raises(Conflict, match="of this name is there already"):
        create_database(organisation_named("globex"), "acme-own", URL, actor=ACTOR)
    with pytest.raises(Conflict):
        create_database(acme, "dedicated", URL, actor=ACTOR)


@pytest.mark.parametrize(
    ("alias", "url", "password", "pointers"),
    [
        ("default", URL, "", {"/name"}),
        ("A_b", "oracle://x", "", {"/name", "/url"}),
        ("own", "mysql://vamp:hunter2@db/acme", "", {"/url"}),
        ("own", "mysql://vamp@/a/b?x=1", "p" * 1001, {"/url", "/password"}),
        ("own", "sqlite:relative", "", {"/url"}),
    ],
)
def test_create__what_is_wrong__is_told_at_once_without_secrets(
    acme, alias, url, password, pointers
):
    with pytest.raises(Invalid) as refused:
        create_database(acme, alias, url, password=password, actor=ACTOR)

    assert {fault.pointer for fault in refused.value.faults} == pointers
    assert "hunter2" not in str(refused.value)


def test_change__of_one_that_failed__has_it_prepared_anew(acme):
    row = create_database(acme, "acme-own", URL, actor=ACTOR)
    DedicatedDatabase.objects.update(state="failed", error="no login")
    row.refresh_from_db()

    change_database(row, url=URL.replace("db.", "db2."), password="new", actor=ACTOR)

    row.refresh_from_db()
    assert (row.state, row.error) == ("preparing", "")
    assert dedicated_databases()[0].password == "new"
    with pytest.raises(Invalid, match="cannot become one of another kind"):
        change_database(row, url="sqlite:////x", actor=ACTOR)


def test_forget__while_an_environment_lies_there__is_refused(acme, tmp_path):
    alias = prepared(acme, tmp_path)
    environment_in(alias)
    row = database_of(acme, alias)

    with pytest.raises(Conflict, match="acme/production lies in it"):
        forget_database(row, actor=ACTOR)

    assert len(users_of(alias)) == 1


def test_forget__an_unused_one__takes_its_password_too(acme):
    row = create_database(acme, "acme-own", URL, password="hunter2", actor=ACTOR)

    forget_database(row, actor=ACTOR)

    assert dedicated_databases() == []
    assert namespaces.document(acme).secrets == {}


def test_database_of__anothers__is_not_found(acme):
    create_database(acme, "acme-own", URL, actor=ACTOR)

    with pytest.raises(NotFound):
        database_of(organisation_named("globex"), "acme-own")


def test_environment__in_anothers_or_unready_database__is_refused(acme, tmp_path):
    create_database(acme, "unready", URL, actor=ACTOR)
    prepared(acme, tmp_path)

    for organisation, alias, said in (
        ("acme", "unready", "is not ready: preparing"),
        ("globex", "acme-own", "there is no database 'acme-own'"),
    ):
        with pytest.raises(Invalid, match=said):
            environment_in(alias, organisation=organisation)


def test_environment__without_a_database__takes_its_organisations(acme, tmp_path):
    alias = prepared(acme, tmp_path)
    tenancy.change_organisation(acme, actor=ACTOR, default_database=alias)

    made = tenancy.create_environment(acme, "new", actor=ACTOR)

    assert made.database == alias
