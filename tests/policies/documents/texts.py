"""Policy documents for tests, and their faults as short tuples."""

from __future__ import annotations

import copy

import pytest

from policies.documents.read import policy_from_value, read_policy
from vamp.errors import Invalid

CANARY = {
    "kind": "ReleasePolicy",
    "name": "canary",
    "baselines": {"usual": {"metric": "error_ratio", "value": 0.01}},
    "steps": [
        {
            "name": "ten",
            "target": {"weight": "10%"},
            "conditions": [
                {"metric": "error_ratio", "operator": "<=", "baseline": {"baseline": "usual"}}
            ],
        },
        {
            "name": "all",
            "target": {"weight": "100%"},
            "conditions": [{"metric": "success_ratio", "operator": ">=", "baseline": 0.99}],
        },
    ],
}


def changed(pointer, value, document=CANARY):
    """Return a copy of the document with `value` at `pointer`; None takes the key away."""
    document = copy.deepcopy(document)
    *steps, last = [int(each) if each.isdigit() else each for each in pointer[1:].split("/")]
    place = document
    for each in steps:
        place = place[each]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return document


def faults_of(document):
    """Return (pointer, code) of each fault of a document, a text or a value."""
    with pytest.raises(Invalid) as caught:
        read_policy(document) if isinstance(document, str) else policy_from_value(document)
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


def fault_at(pointer, value, document=CANARY):
    """Return the one fault of the document changed in one place."""
    with pytest.raises(Invalid) as caught:
        policy_from_value(changed(pointer, value, document))
    (fault,) = caught.value.faults
    return fault
