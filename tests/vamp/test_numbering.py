import pytest

from gateways.models import Gateway
from tests.factories import GatewayFactory, environment_in
from vamp import numbering
from vamp.models import Lease, RollupRow

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"], transaction=True)


def test_begin_at__a_range__is_where_the_next_row_begins():
    environment = environment_in("dedicated")
    before = GatewayFactory.create(environment=environment, name="before")
    number = (before.pk >> 32) + 1

    numbering.begin_at("dedicated", numbering.first_of(number), [Gateway, RollupRow, Lease])
    made = GatewayFactory.create(environment=environment)

    assert made.pk == number * 2**32


def test_begin_at__a_lower_range__changes_nothing_of_what_was_given():
    environment = environment_in("dedicated")
    numbering.begin_at("dedicated", numbering.first_of(1_000), [Gateway])
    before = GatewayFactory.create(environment=environment)

    numbering.begin_at("dedicated", numbering.first_of(2), [Gateway])

    assert GatewayFactory.create(environment=environment, name="next").pk == before.pk + 1


def test_numbered__models__are_those_whose_keys_the_database_gives():
    assert numbering.numbered([Gateway, Lease]) == [Gateway]
