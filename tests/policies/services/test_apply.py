"""Applying several documents at once: all of them or none."""

from __future__ import annotations

import pytest
import yaml

from gateways.models import Gateway
from policies.models import ReleasePolicy
from policies.services.apply import Applied, apply_documents
from tests.factories import ACTOR, POLICY, gateway_with
from vamp.documents.source import Source
from vamp.documents.yaml import read_documents
from vamp.errors import Conflict, Invalid
from vamp.models import AuditEntry, OutboxEvent

INNER = {
    "kind": "Gateway",
    "name": "inner",
    "hosts": ["inner.example.test"],
    "routes": [{"service": "shop", "version": "1.0.0"}],
}
OUTER = {
    **INNER,
    "name": "outer",
    "hosts": ["outer.example.test"],
    "policy": "canary",
    "routes": [{"gateway": "inner"}],
}


def apply(environment, *values, **options):
    sources = [Source.of(value) for value in values]
    return apply_documents(environment, sources, actor=ACTOR, **options)


def pointers(told):
    return {fault.pointer for fault in told.value.faults}


def is_untouched(environment):
    using = environment.database
    return not (
        Gateway.objects.in_environment(environment).exists()
        or ReleasePolicy.objects.in_environment(environment).exists()
        or OutboxEvent.objects.using(using).exclude(subject__contains=".tenants.").exists()
    )


def test_apply__what_leads_to_what_comes_later__makes_all_in_the_order_sent(environment):
    done = apply(environment, OUTER, INNER, POLICY)

    assert list(done) == [
        Applied(0, "Gateway", "outer", "created", 1),
        Applied(1, "Gateway", "inner", "created", 1),
        Applied(2, "ReleasePolicy", "canary", "created", 1),
    ]
    actors = AuditEntry.objects.using(environment.database).filter(name__in=["outer", "canary"])
    assert {entry.actor for entry in actors} == {ACTOR}


def test_apply__one_of_three_changed__raises_its_number_alone(environment):
    apply(environment, OUTER, INNER, POLICY)
    slower = {**POLICY, "window": "1m"}

    done = apply(environment, OUTER, {**INNER, "retries": 1}, slower)

    assert [(each.outcome, each.revision) for each in done] == [
        ("unchanged", 1),
        ("changed", 2),
        ("changed", 2),
    ]


def test_apply__what_the_documents_leave_out__stays(environment):
    gateway_with(environment, {"1.0.0": 10_000}, name="other")

    apply(environment, INNER)

    names = Gateway.objects.in_environment(environment).values_list("name", flat=True)
    assert set(names) == {"inner", "other"}


def test_apply__rehearsal__answers_alike_and_changes_nothing(environment):
    rehearsed = apply(environment, OUTER, INNER, POLICY, is_dry_run=True)

    assert is_untouched(environment)
    assert apply(environment, OUTER, INNER, POLICY) == rehearsed


def test_apply__faults_of_several__are_all_told_with_index_and_line(environment):
    text = yaml.safe_dump_all([POLICY, {**INNER, "retries": "many"}, {"kind": "Pod"}, {"a": 1}])

    with pytest.raises(Invalid) as told:
        apply_documents(environment, read_documents(text), actor=ACTOR)

    assert pointers(told) == {"/1/retries", "/2/kind", "/3/kind"}
    assert all(fault.line for fault in told.value.faults)
    assert {fault.hint for fault in told.value.faults if fault.code == "kind"} == {
        "one of Gateway, ReleasePolicy"
    }
    assert is_untouched(environment)


def test_apply__clash_with_what_is_there__is_told_beside_the_faults(environment):
    apply(environment, INNER)
    twin = {**INNER, "name": "twin"}

    with pytest.raises(Conflict):
        apply(environment, twin)
    with pytest.raises(Invalid) as told:
        apply(environment, twin, {"kind": "Pod"})

    assert pointers(told) == {"/0/hosts/0", "/1/kind"}


def test_apply__leads_to_what_cannot_be_read__is_not_called_unknown(environment):
    with pytest.raises(Invalid) as told:
        apply(environment, OUTER, {**INNER, "retries": "many"})

    assert pointers(told) == {"/1/retries"}


def test_apply__leads_to_nothing__is_called_unknown_beside_other_faults(environment):
    lost = {**OUTER, "routes": [{"gateway": "nobody"}]}

    with pytest.raises(Invalid) as told:
        apply(environment, lost, {"kind": "Pod"})

    assert pointers(told) == {"/0/routes/0/gateway", "/1/kind"}


@pytest.mark.parametrize(("values", "pointer"), [((), ""), ((POLICY, POLICY), "/1/name")])
def test_apply__nothing_or_twice_the_same__is_refused(environment, values, pointer):
    with pytest.raises(Invalid) as told:
        apply(environment, *values)

    assert pointers(told) == {pointer}
    assert is_untouched(environment)
