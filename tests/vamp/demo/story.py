"""A whole run as it should go, as records; for the tests of this folder."""

from __future__ import annotations

import random

from tests.vamp.demo.records import record
from tests.vamp.demo.releases import bad_seen, good_seen
from vamp.demo.documents import STEP_WEIGHTS
from vamp.demo.judgement import Findings
from vamp.demo.ledger import Caller

AGENTS = ("a:1", "b:1")
SHARES = ((0, 12, 0.0), (12, 22, 0.1), (22, 32, 0.5), (32, 50, 1.0))
"""From, to, and the part of 1.1.0 between them, as `good_seen` tells it."""


def story():
    """120 requests a second for 65 s, split as `good_seen` and `bad_seen` say."""
    draw = random.Random(7)
    records = []
    for index in range(65 * 120):
        at, agent = index / 120, AGENTS[index // 4 % 2]
        if index % 4 == 0:
            tested = "1.2.0" if 51 <= at < 60 else "1.1.0" if at >= 2 else "1.0.0"
            records.append(asked(at, tested, draw, agent=agent, caller=Caller.TESTER))
        elif index % 4 == 1:
            user = index // 4 % 50
            records.append(asked(at, chosen(at, user / 50), draw, agent=agent, user=f"u{user}"))
        else:
            records.append(asked(at, chosen(at, draw.random()), draw, agent=agent))
    return records


def chosen(at, place):
    if at >= 56:
        return "1.2.0" if place < 0.1 and at < 60.1 else "1.1.0"
    share = next((part for start, end, part in SHARES if start <= at < end), 1.0)
    return "1.1.0" if place < share else "1.0.0"


def asked(at, version, draw, **more):
    status = 500 if version == "1.2.0" and draw.random() < 0.2 else 200
    return record(at, version, status=status, ms=3, **more)


RECORDS = story()
FINDINGS = Findings(RECORDS, good_seen(), bad_seen(), STEP_WEIGHTS, AGENTS, duration_s=80.0)
