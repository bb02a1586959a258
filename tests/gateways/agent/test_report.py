"""What is reported."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateways.agent.faults import AgentFault
from gateways.agent.report import Identity, Reporter, Status, report_json
from vamp.ports.errors import PortUnavailable

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
WHO = Identity("b00t", NOW, "0.1.0", "2.6.12", "127.0.0.2")


def status(applied: dict[str, int], **more) -> Status:
    fields = {
        "complete_until": None, "dropped": 0, "dropped_at": None, "faults": (), "reloads": 0,
    }  # fmt: skip
    return Status(applied=applied, **fields | more)


class Heard:
    """An API that notes what it is told, and fails when it is told to."""

    def __init__(self) -> None:
        self.bodies: list[dict] = []
        self.fails = False

    def post(self, what: str, body: dict, *, timeout_s: float) -> dict:
        if self.fails:
            raise PortUnavailable("told to")
        self.bodies.append(body)
        return {"applied_by_others": {"shop": 4, "odd": None}}


def test_report_json__first__tells_everything():
    fault = AgentFault("shop", "It is refused", NOW)

    body = report_json(WHO, status({"shop": 3}, complete_until=NOW, faults=(fault,)), None)

    assert body == {
        "boot": "b00t",
        "started_at": "2026-11-23T15:00:00+00:00",
        "version": "0.1.0",
        "haproxy_version": "2.6.12",
        "address": "127.0.0.2",
        "full": True,
        "applied": {"shop": 3},
        "complete_until": "2026-11-23T15:00:00+00:00",
        "dropped": 0,
        "dropped_at": None,
        "faults": [
            {"gateway": "shop", "message": "It is refused", "since": "2026-11-23T15:00:00+00:00"}
        ],
        "reloads": 0,
    }


def test_report_json__told_before__tells_what_differs():
    body = report_json(WHO, status({"shop": 4, "same": 1}), {"shop": 3, "same": 1, "gone": 2})

    assert (body["full"], body["applied"]) == (False, {"shop": 4, "gone": None})


def test_reporter__answer_is_lost__tells_everything_again():
    api, applied = Heard(), {"shop": 3}
    reporter = Reporter(api, WHO, lambda: status(dict(applied)))

    reporter.report()
    applied["shop"] = 4
    api.fails = True
    with pytest.raises(PortUnavailable):
        reporter.report()
    api.fails = False
    reporter.report()
    reporter.report()

    assert [(b["full"], b["applied"]) for b in api.bodies] == [
        (True, {"shop": 3}),
        (True, {"shop": 4}),
        (False, {}),
    ]
    assert reporter.applied_by_others == {"shop": 4}
