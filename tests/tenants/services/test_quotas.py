from __future__ import annotations

import threading

import pytest
from django.db import connections

from gateways.documents.read import read_gateway
from gateways.models import Gateway
from gateways.services.definition import put_gateway, remove_gateway
from policies.models import Release
from policies.services.releases import start_release
from policies.services.starting import start_due
from tenants.exceptions import QuotaReached
from tenants.models import Environment, Organisation
from tenants.services import tenancy
from tenants.services.quotas import Quota, room, usages_of
from tests.conftest import DATABASES
from tests.factories import ACTOR, GatewayFactory, ReleaseFactory, environment_in, gateway_with
from tests.rivals import Rival
from vamp.databases import DEFAULT
from vamp.documents.source import Source

pytestmark = pytest.mark.django_db(databases=DATABASES)


def limited(environment, **limits):
    Organisation.objects.filter(pk=environment.organisation_id).update(**limits)
    return Environment.objects.select_related("organisation").get(pk=environment.pk)


def document(name):
    return read_gateway(
        Source.of(
            {
                "kind": "Gateway",
                "name": name,
                "hosts": [f"{name}.acme.test"],
                "routes": [
                    {"name": "one", "service": "shop", "version": "1.0.0", "weight": "100%"}
                ],
            }
        )
    )


def used(organisation):
    return {each.kind: each.used for each in usages_of(organisation)}


def test_usages_of__over_two_databases__counts_all_and_nobody_elses(environment, other_environment):
    other = next(alias for alias in DATABASES if alias != environment.database)
    second = environment_in(other, name="staging")
    for each in (environment, second, other_environment):
        GatewayFactory.create(environment=each)
        GatewayFactory.create(environment=each, name="gone", is_removed=True)
    ReleaseFactory.create(
        environment=second, gateway=GatewayFactory.create(environment=second, name="cart")
    )

    found = used(environment.organisation)

    assert found[Quota.ENVIRONMENTS] == 2
    assert found[Quota.GATEWAYS] == 3
    assert found[Quota.RELEASES] == 1


def test_create_environment__quota_reached__is_refused_with_who_can_raise_it(environment):
    organisation = limited(environment, most_environments=1).organisation

    with pytest.raises(QuotaReached) as caught:
        tenancy.create_environment(organisation, "second", actor=ACTOR)

    (fault,) = caught.value.faults
    assert fault.message == "organisation acme may have 1 environments and has 1"
    assert "platform administrator can raise most_environments" in fault.hint
    assert Environment.objects.count() == 1


def test_put_gateway__quota_reached__new_is_refused_and_change_is_not(environment):
    environment = limited(environment, most_gateways=1)
    put_gateway(environment, document("shop"), actor=ACTOR)

    with pytest.raises(QuotaReached, match="may have 1 gateways and has 1"):
        put_gateway(environment, document("cart"), actor=ACTOR)
    changed = document("shop").model_copy(update={"title": "Shop"})
    put_gateway(environment, changed, actor=ACTOR)

    assert Gateway.objects.in_environment(environment).get().title == "Shop"


def test_put_gateway__one_was_removed__there_is_room_again(environment):
    environment = limited(environment, most_gateways=1)
    held = put_gateway(environment, document("shop"), actor=ACTOR).gateway
    remove_gateway(held, actor=ACTOR)

    put_gateway(environment, document("cart"), actor=ACTOR)

    assert used(environment.organisation)[Quota.GATEWAYS] == 1


def test_put_gateway__limit_below_what_is_there__nothing_goes(environment):
    for name in ("shop", "cart"):
        put_gateway(environment, document(name), actor=ACTOR)
    environment = limited(environment, most_gateways=1)

    with pytest.raises(QuotaReached, match="may have 1 gateways and has 2"):
        put_gateway(environment, document("third"), actor=ACTOR)

    assert used(environment.organisation)[Quota.GATEWAYS] == 2


def test_take__no_limit__costs_nothing(environment, django_assert_num_queries):
    with django_assert_num_queries(0), room(environment.organisation, Quota.GATEWAYS) as quota:
        quota.take(1_000)


def test_start_release__quota_reached__is_refused(environment):
    release = ReleaseFactory.create(environment=environment)
    environment = limited(environment, most_releases=1)
    policy = release.policy_version.policy.name
    weights = {"1.0.0": 10_000, "1.1.0": 0}
    gateway = gateway_with(environment, weights, name="cart", policy=policy)

    with pytest.raises(QuotaReached, match="may have 1 releases at once and has 1"):
        start_release(gateway, target="shop-1.1.0", actor=ACTOR)

    assert Release.objects.in_environment(environment).count() == 1


@pytest.mark.stack  # SQLite has one writer at a time
@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_put_gateway__rivals_for_the_last_place__one_gets_it(database):
    environment = limited(environment_in(database), most_gateways=3)
    for name in ("a", "b"):
        put_gateway(environment, document(name), actor=ACTOR)
    gate = threading.Barrier(4)

    def rival(name):
        fresh = Environment.objects.using(DEFAULT).select_related("organisation").get()
        gate.wait(10)
        try:
            put_gateway(fresh, document(name), actor=ACTOR)
        except QuotaReached:
            return False
        finally:
            connections.close_all()
        return True

    rivals = [Rival(lambda name=name: rival(name)) for name in ("c", "d", "e", "f")]

    assert sorted(each.outcome() for each in rivals) == [False, False, False, True]
    assert used(environment.organisation)[Quota.GATEWAYS] == 3


def test_start_due__nothing_waits__starts_nothing(environment):
    assert start_due(limited(environment, most_releases=1)) == ([], [])
