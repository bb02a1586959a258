from __future__ import annotations

import pytest

from gateways.models import Route
from tenants.models import Environment
from tests.conftest import DATABASES
from tests.factories import gateway_with
from vamp.databases import DEFAULT
from vamp.prepared import PreparedRows

pytestmark = pytest.mark.django_db(databases=DATABASES)


def environments():
    return Environment.objects.using(DEFAULT).select_related("organisation").filter(pk=0)


def told(row):
    """Every field of a row, as the type that it has."""
    return {
        field.attname: (type(value := getattr(row, field.attname)), value)
        for field in row._meta.concrete_fields
    }


def test_ask__row_with_a_related_one__is_what_the_query_itself_returns(
    environment, django_assert_num_queries
):
    prepared = PreparedRows(environments)
    own = Environment.objects.select_related("organisation").get(pk=environment.pk)

    for _ in range(2):
        with django_assert_num_queries(1):
            (found,) = prepared.ask(DEFAULT, environment.pk)
            assert told(found.organisation) == told(own.organisation)
        assert told(found) == told(own)
        assert found == own
    found.title = "Other"
    found.save(update_fields=["title"])
    assert prepared.ask(DEFAULT, environment.pk)[0].title == "Other"


def test_ask__values_of_nothing__is_empty(environment):
    assert PreparedRows(environments).ask(DEFAULT, environment.pk + 1_000_000) == []


def test_ask__another_database__reads_its_rows(environment):
    gateway = gateway_with(environment, {"1.0.0": 9_000, "2.0.0": 1_000})
    prepared = PreparedRows(
        lambda: Route.objects.using(DEFAULT).filter(gateway=0).order_by("-position")
    )
    own = Route.objects.using(environment.database).filter(gateway=gateway).order_by("-position")

    found = prepared.ask(environment.database, gateway.pk)

    assert [told(row) for row in found] == [told(row) for row in own]
    assert {row._state.db for row in found} == {environment.database}
    assert len(found) == 2


def test_ask__other_number_of_values__is_refused_before_anything_is_asked(environment):
    with pytest.raises(ValueError, match="takes 1 values, not 2"):
        PreparedRows(environments).ask(DEFAULT, 1, 2)
