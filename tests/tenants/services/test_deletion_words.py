from __future__ import annotations

from tenants.models import Deletion
from tenants.services.deletion_words import goes_of, steps_of


def test_steps_of__waiting_in_the_middle__each_has_its_state():
    deletion = Deletion(
        environment="production", steps_done=["stop", "access"], steps_skipped=["access"],
        step="keys", waits_for="a store",
    )  # fmt: skip

    found = {step.name: step.state for step in steps_of(deletion)}

    assert list(found.values())[:4] == ["done", "skipped", "waiting", "next"]
    assert [step.name for step in steps_of(deletion) if step.may_be_skipped] == ["keys"]


def test_steps_of__organisation_going_on__is_running():
    found = steps_of(Deletion(step="people"))

    assert [step.state for step in found][:2] == ["next", "running"]


def test_goes_of__organisation__adds_up_each_environment():
    seen = {
        "environments": {"live": {"rows": {"gateways": 2, "routes": 3}, "keys": None}},
        "people": 4,
        "tokens": 1,
        "subjects": ["vamp.acme.>"],
    }

    assert list(goes_of(seen)) == [
        ("environment live", "5 rows, not known keys"),
        ("events under vamp.acme.>", "all"),
        ("people", "4"),
        ("tokens", "1"),
    ]
