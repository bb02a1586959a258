import pytest
from django.db import IntegrityError
from django.db.models import Q

from gateways.models import Gateway, Route
from tests.factories import environment_in, gateway_with
from tests.furnished import tenant
from vamp import rowcopy
from vamp.models import RollupRow
from vamp.rowcopy import Table

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])
SUMS = ("count", "errors", "bytes_out")


@pytest.fixture
def place():
    """An environment's rows in the default database; its mirror lies in the dedicated one."""
    environment = environment_in("dedicated")
    environment.database = "default"
    for name in ("shop", "desk"):
        gateway_with(environment, {"1.0.0": 6_000, "1.1.0": 4_000}, name=name)
    return environment


def tables(environment):
    mine = Q(environment_id=environment.pk)
    return [Table(Gateway, mine), Table(Route, mine)]


def bring(environment):
    return [rowcopy.bring(table, "default", "dedicated") for table in tables(environment)]


def test_bring__rows_that_are_missing__come_with_numbers_and_times(place):
    bring(place)

    rows = Gateway.objects.using("default").values()
    assert list(Gateway.objects.using("dedicated").values()) == list(rows)
    for table in tables(place):
        assert rowcopy.proof(table, "default") == rowcopy.proof(table, "dedicated")


def test_bring__again__writes_nothing(place):
    bring(place)

    assert [tally.changed for tally in bring(place)] == [0, 0]


def test_bring__changed_removed_and_strange_rows__ends_the_same(place):
    bring(place)
    Gateway.objects.using("default").filter(name="shop").update(title="new")
    Route.objects.using("default").filter(gateway__name="desk")._raw_delete("default")
    Gateway.objects.using("dedicated").filter(name="desk").update(title="strange")

    bring(place)

    for table in tables(place):
        assert rowcopy.proof(table, "default") == rowcopy.proof(table, "dedicated")


def test_bring__unique_values_that_were_traded__is_no_conflict(place):
    bring(place)
    first, second = Gateway.objects.using("default").order_by("pk")
    for pk, name in ((first.pk, "x"), (second.pk, first.name), (first.pk, second.name)):
        Gateway.objects.using("default").filter(pk=pk).update(name=name)

    bring(place)

    assert Gateway.objects.using("dedicated").get(pk=first.pk).name == second.name


def test_proof__one_column_that_differs__is_another(place):
    bring(place)
    table = tables(place)[0]
    Gateway.objects.using("dedicated").filter(name="shop").update(metadata={"a": 1})

    assert rowcopy.proof(table, "default") != rowcopy.proof(table, "dedicated")


def test_rows_written_once__in_spans__are_compared_by_sums():
    tenant("acme", "default", mark="m")
    table = Table(RollupRow, Q(organisation="acme"), SUMS)

    first = rowcopy.bring(table, "default", "dedicated")
    again = rowcopy.bring(table, "default", "dedicated")
    RollupRow.objects.using("dedicated").all()[:1].get().delete()
    mended = rowcopy.bring(table, "default", "dedicated")

    assert (first.written, again.seen, mended.written) == (2, 0, 1)
    assert rowcopy.proof(table, "default") == rowcopy.proof(table, "dedicated")
    assert rowcopy.proof(table, "default").rows == 2


def test_taken__numbers_that_others_have__are_named(place):
    other = environment_in("dedicated", organisation="globex")
    gateway_with(other, {"1.0.0": 10_000}, id=Gateway.objects.using("default").first().pk)

    assert len(rowcopy.taken(tables(place)[0], "default", "dedicated")) == 1


def test_in_order__models__come_after_their_parents():
    assert rowcopy.in_order([Route, Gateway]) == [Gateway, Route]


def test_check__a_parent_that_is_missing__is_told(place):
    bring(place)
    rowcopy.check(tables(place), "dedicated")
    with rowcopy._without_checks("dedicated"):
        rowcopy.remove(
            Gateway,
            list(Gateway.objects.using("dedicated").values_list("pk", flat=True)),
            "dedicated",
        )
    with pytest.raises(IntegrityError):
        rowcopy.check(tables(place), "dedicated")
    bring(place)
