"""Builders of records for the tests of this folder."""

from __future__ import annotations

from vamp.demo.ledger import Caller, RequestRecord
from vamp.demo.summary import StepSpan


def record(sent_at, version="1.0.0", *, user="", agent="a:1", status=200, ms=10.0, **more):
    caller = more.pop("caller", Caller.USER if user else Caller.ANONYMOUS)
    return RequestRecord(
        sent_at=sent_at,
        ended_at=sent_at + ms / 1000,
        agent=agent,
        caller=caller,
        user=user,
        status=status,
        version=version,
        **more,
    )


def span(start, end, weight=1_000, *, step="tenth", target="1.1.0", release=1):
    return StepSpan(release, step, target, weight, start, end)
