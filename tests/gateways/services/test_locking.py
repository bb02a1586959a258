"""Taking hold of a gateway for a change."""

from __future__ import annotations

import pytest
from django.db import transaction

from gateways.exceptions import GatewayChanged
from gateways.models import Gateway
from gateways.services.locking import locked
from tests.factories import GatewayFactory
from vamp.errors import NotFound


def test_locked__row_changed_meanwhile__is_read_afresh(environment):
    stale = GatewayFactory.create(environment=environment)
    Gateway.objects.in_environment(environment).update(revision=5, title="new")

    with transaction.atomic(using=environment.database):
        gateway = locked(environment, "shop", expected_revision=5)

    assert (gateway.pk, gateway.title, gateway.revision) == (stale.pk, "new", 5)
    assert gateway.environment is environment


def test_locked__at_another_revision__says_both(environment):
    GatewayFactory.create(environment=environment, revision=5)

    with (
        pytest.raises(GatewayChanged) as refused,
        transaction.atomic(using=environment.database),
    ):
        locked(environment, "shop", expected_revision=4)

    assert refused.value.faults[0].message == "gateway shop is at revision 5, not 4"
    assert refused.value.faults[0].hint


def test_locked__expecting_revision_nought__is_checked_too(environment):
    GatewayFactory.create(environment=environment)

    with pytest.raises(GatewayChanged), transaction.atomic(using=environment.database):
        locked(environment, "shop", expected_revision=0)


@pytest.mark.parametrize("fields", [{"name": "cart"}, {"is_removed": True}])
def test_locked__no_such_gateway_or_going__is_not_found(environment, fields):
    GatewayFactory.create(environment=environment, **fields)

    with (
        pytest.raises(NotFound, match="shop in acme/production"),
        transaction.atomic(using=environment.database),
    ):
        locked(environment, "shop")


def test_locked__another_tenants_of_the_same_name__is_not_found(environment, other_environment):
    GatewayFactory.create(environment=other_environment)

    with pytest.raises(NotFound), transaction.atomic(using=environment.database):
        locked(environment, "shop")
