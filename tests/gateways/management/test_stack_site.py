from __future__ import annotations

import os
from urllib.parse import urlsplit

import pytest
from kombu import Connection

from gateways.management import stack_site
from vamp.drivers.scheduler.kubernetes.granting import NAMESPACES
from vamp.drivers.scheduler.kubernetes.kubeconfig import api_from
from vamp.errors import Invalid
from vamp.wiring_of_leftovers import is_broker_empty

GIVEN = dict.fromkeys(stack_site.NEEDED, "x")


def test_is_given__no_real_servers__is_not():
    assert not stack_site.is_given({})
    assert stack_site.is_given(GIVEN)


def test_stack_site__variables_missing__names_all_of_them(tmp_path):
    left = {**GIVEN, "VAMP_KV_URL": "", "VAMP_BROKER_URL": ""}

    with (
        pytest.raises(Invalid, match="make stack") as refused,
        stack_site.stack_site(tmp_path, left),
    ):
        pass

    assert [fault.pointer for fault in refused.value.faults] == ["VAMP_BROKER_URL", "VAMP_KV_URL"]


@pytest.mark.stack
@pytest.mark.django_db  # it makes a database beside those of the tests
def test_stack_site__on_the_servers__is_a_place_of_its_own_and_gone_afterwards(tmp_path):
    with stack_site.stack_site(tmp_path) as one, stack_site.stack_site(tmp_path / "2") as other:
        urls = {each.site.variables["VAMP_DATABASE_URL"] for each in (one, other)}
        brokers = {each.site.variables["VAMP_BROKER_URL"] for each in (one, other)}
        for url in brokers:
            with Connection(url) as broker:
                broker.SimpleQueue("vamp.live").put("a task")
        told = [is_broker_empty(url) for url in brokers]
        names = {each.site.organisation for each in (one, other)}
        scheduler = one.workloads.scheduler_url
        node = " ".join(one.site.schedulers_node)

    cluster = api_from(tmp_path.__class__(os.environ["VAMP_STACK_KUBECONFIG"]))
    left = [each["metadata"] for each in cluster.list(NAMESPACES, "").items]
    assert len(urls) == len(names) == len(brokers) == 2
    assert told == [False, False]
    assert [is_broker_empty(url) for url in brokers] == [True, True]
    assert not any(name.startswith("VAMP_STACK_") for name in one.site.variables)
    assert urlsplit(scheduler).netloc == urlsplit(os.environ["VAMP_STACK_KUBERNETES_ADDR"]).netloc
    assert "vamp.demo.kubernetes.node" in node
    assert [
        each["name"]
        for each in left
        if each["name"] in {f"vamp-{name}" for name in names} and "deletionTimestamp" not in each
    ] == []
