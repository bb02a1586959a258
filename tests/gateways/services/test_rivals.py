"""What SQLite's one writer at a time hides: two transactions on MySQL that each see half."""

from __future__ import annotations

import threading

import pytest
from django.db import transaction

from gateways.exceptions import GatewayLoop, StillInUse
from gateways.models import Gateway, Route
from gateways.services.definition import put_gateway, remove_gateway
from gateways.services.discovery.reconcile import reconcile
from gateways.services.locking import serialise
from gateways.services.publication import is_stale
from gateways.services.scope import Scope
from gateways.services.weights import set_weights
from tests.conftest import DATABASES
from tests.gateways.observing import snapshot
from tests.rivals import Rival, wait_for_lock_waits
from vamp.documents.source import Source
from vamp.errors import NotFound

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True, databases=DATABASES)]


def document(name, *routes, **fields):
    from gateways.documents.read import read_gateway

    return read_gateway(
        Source.of({"kind": "Gateway", "name": name, **fields, "routes": list(routes)})
    )


def leads_to(name):
    return {"name": f"to-{name}", "gateway": name, "weight": "100%"}


def plain(name="fixed", weight="100%"):
    return {"name": name, "addresses": [f"192.0.2.{len(name)}:80"], "weight": weight}


def put(environment, name, *routes, **fields):
    return put_gateway(environment, document(name, *routes, **fields), actor="acme/ana").gateway


def held_up(environment, change):
    """Begin `change` while a transaction that changes gateways is open; then let that one end."""
    may_end = threading.Event()
    is_open = threading.Event()

    def keep_open():
        with transaction.atomic(using=environment.database):
            serialise(Scope(environment, "acme/ana"))
            is_open.set()
            assert may_end.wait(30)

    first = Rival(keep_open)
    assert is_open.wait(30)
    second = Rival(change)
    wait_for_lock_waits(environment.database)
    return first, may_end, second


def test_put__two_gateways_that_would_lead_to_each_other__are_no_circle(environment):
    put(environment, "one", plain(), port=9001)
    put(environment, "two", plain(), port=9002)

    first, may_end, second = held_up(
        environment, lambda: put(environment, "one", leads_to("two"), port=9001)
    )
    third = Rival(lambda: put(environment, "two", leads_to("one"), port=9002))
    wait_for_lock_waits(environment.database, 2)
    may_end.set()
    first.outcome()

    refused = 0
    for rival in (second, third):
        try:
            rival.outcome()
        except GatewayLoop:
            refused += 1
    assert refused == 1
    nested = Route.objects.in_environment(environment).exclude(target_gateway="")
    assert nested.count() == 1


def test_remove__another_is_made_to_lead_there__one_of_the_two_is_refused(environment):
    goes = put(environment, "goes", plain(), port=9001)
    put(environment, "user", plain(), port=9002)

    first, may_end, second = held_up(environment, lambda: remove_gateway(goes, actor="acme/ana"))
    third = Rival(lambda: put(environment, "user", leads_to("goes"), port=9002))
    wait_for_lock_waits(environment.database, 2)
    may_end.set()
    first.outcome()

    refused = 0
    for rival in (second, third):
        try:
            rival.outcome()
        except (StillInUse, GatewayLoop, NotFound):
            refused += 1
    assert refused == 1


def test_remove__generations_rose_since_it_was_read__is_still_told_to_agents(environment):
    gateway = put(environment, "goes", plain(), port=9001)
    Gateway.objects.in_environment(environment).update(generation=9, published_generation=9)

    remove_gateway(gateway, actor="acme/ana")

    assert is_stale(environment)


def test_set_weights__two_at_once__neither_is_lost(environment):
    gateway = put(environment, "shop", plain("a"), plain("bb", "0%"), port=9001)
    before = Gateway.objects.in_environment(environment).get().revision

    rivals = [
        Rival(lambda b=b: set_weights(gateway, {"a": 10_000 - b, "bb": b}, actor="acme/ana"))
        for b in (1_000, 2_000, 3_000, 4_000)
    ]
    for rival in rivals:
        rival.outcome()

    after = Gateway.objects.in_environment(environment).get()
    weights = dict(Route.objects.in_environment(environment).values_list("name", "weight"))
    assert after.revision == before + 4
    assert sum(weights.values()) == 10_000


def test_set_weights__deadlock_with_another__is_made_again(environment):
    one = put(environment, "one", plain("a"), plain("bb", "0%"), port=9001)
    two = put(environment, "two", plain("a"), plain("bb", "0%"), port=9002)
    has_two, may_go_on = threading.Event(), threading.Event()
    runs = []

    def other():
        """Hold the second gateway, then want the first: whoever loses, its rival goes on."""
        with transaction.atomic(using=environment.database):
            rows = Gateway.objects.in_environment(environment).select_for_update()
            rows.get(pk=two.pk)
            # A long transaction, so that the server takes back the short one.
            Route.objects.in_environment(environment).filter(gateway=two).update(priority=3)
            has_two.set()
            assert may_go_on.wait(30)
            rows.get(pk=one.pk)

    from vamp.contention import repeated

    @repeated
    def mine():
        runs.append(1)
        with transaction.atomic(using=environment.database):
            rows = Gateway.objects.in_environment(environment).select_for_update()
            rows.get(pk=one.pk)
            may_go_on.set()
            if len(runs) == 1:
                wait_for_lock_waits_elsewhere(environment.database)
            return set_weights(two, {"a": 4_000, "bb": 6_000}, actor="acme/ana")

    rival = Rival(other)
    assert has_two.wait(30)
    changed = Rival(mine).outcome()
    rival.outcome()

    assert len(runs) == 2
    assert changed.revision == two.revision + 1


def wait_for_lock_waits_elsewhere(database):
    """Look from a third connection: this thread's own is in the middle of its transaction."""
    Rival(lambda: wait_for_lock_waits(database)).outcome()


def test_reconcile__gateway_is_made_as_a_version_appears__it_gets_its_route(environment):
    selector = "label(app)(shop) && label(version)((.*))"

    first, may_end, second = held_up(
        environment, lambda: put(environment, "shop", port=9001, selector=selector)
    )
    third = Rival(lambda: reconcile(environment, snapshot(("shop", "1", 1))))
    wait_for_lock_waits(environment.database, 2)
    may_end.set()
    for rival in (first, second, third):
        rival.outcome()

    routes = Route.objects.in_environment(environment)
    assert [(route.service, route.version) for route in routes] == [("shop", "1")]
