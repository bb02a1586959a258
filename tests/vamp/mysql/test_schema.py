"""Text is compared as SQLite compares it: these run on every database that the suite runs on."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connections, transaction

from tests.factories import environment_in, user_of
from vamp.models import Lease, NamedLock


@pytest.fixture(autouse=True)
def rows(environment):
    for name in ("Shop", "shop", "shöp", "shop%"):
        NamedLock.objects.using(environment.database).create(name=name)
    return NamedLock.objects.using(environment.database)


def names(found):
    return sorted(found.values_list("name", flat=True))


def test_names__that_differ_in_case_or_accent__are_different(rows):
    assert names(rows.filter(name="shop")) == ["shop"]
    assert names(rows.filter(name__in=["SHOP", "shöp"])) == ["shöp"]
    assert names(rows.exclude(name="shop")) == ["Shop", "shop%", "shöp"]


def test_names__the_same_again__are_refused(environment):
    with pytest.raises(IntegrityError), transaction.atomic(using=environment.database):
        NamedLock.objects.using(environment.database).create(name="shop")


def test_search__ignoring_case__finds_both(rows):
    assert {"Shop", "shop"} <= {*names(rows.filter(name__icontains="HO"))}
    assert {"Shop", "shop"} <= {*names(rows.filter(name__istartswith="SH"))}
    assert names(rows.filter(name__iendswith="P%")) == ["shop%"]
    assert {"Shop", "shop"} <= {*names(rows.filter(name__iexact="SHOP"))}


def test_search__of_an_environments_logins__is_exact(environment):
    user = user_of(environment.organisation)

    people = type(user).objects
    assert people.filter(login=user.login).exists()
    assert not people.filter(login=user.login.upper()).exists()


def test_moments__of_rows__keep_their_microseconds(environment, now):
    moment = now.replace(microsecond=123_457)
    rows = Lease.objects.using(environment.database)
    rows.create(name="exact", holder="p", expires_at=moment)

    assert rows.get(name="exact").expires_at == moment
    assert rows.filter(name="exact", expires_at=moment).exists()


def test_text__from_outside_the_basic_plane__is_kept(environment):
    title = "Shop 🛒 – größer"
    other = environment_in(environment.database, name="staging")
    other.title = title
    other.save()

    assert type(other).objects.get(pk=other.pk).title == title


@pytest.mark.stack
@pytest.mark.django_db(databases=["default", "dedicated"])
def test_tables__whatever_the_databases_default_is__have_our_collation(environment):
    with connections[environment.database].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, table_collation FROM information_schema.tables"
            " WHERE table_schema = DATABASE() AND (table_collation <> 'utf8mb4_bin'"
            " OR engine <> 'InnoDB')"
        )
        assert cursor.fetchall() == ()
        cursor.execute(
            "SELECT table_name, column_name, collation_name FROM information_schema.columns"
            " WHERE table_schema = DATABASE() AND collation_name <> 'utf8mb4_bin'"
        )
        assert cursor.fetchall() == ()
