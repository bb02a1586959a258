"""Waiting longer and longer."""

from __future__ import annotations

from gateways.agent.backoff import Backoff


def test_backoff__failures__double_up_to_the_limit_and_begin_anew():
    backoff = Backoff(0.1, 1.0)

    waits = [backoff.failed() for _ in range(6)]
    backoff.succeeded()

    for wait, step in zip(waits, (0.1, 0.2, 0.4, 0.8, 1.0, 1.0), strict=True):
        assert step / 2 <= wait <= step
    assert backoff.failed() <= 0.1
