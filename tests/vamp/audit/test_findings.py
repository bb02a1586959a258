from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from vamp.audit.findings import Finding, Tail, Verdict, What

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_verdict__with_a_finding__is_told_as_json():
    finding = Finding(What.EDITED, 3, 7, "acme", "entry 7 …")
    verdict = Verdict("default", 9, 9, (finding,), 0, 2, Tail(1, NOW - timedelta(seconds=2)))

    told = json.loads(json.dumps(verdict.to_value(NOW)))

    assert (told["whole"], told["unsealed"]) == (False, {"count": 1, "oldest_age_s": 2.0})
    assert told["findings"][0]["what"] == "edited"
    assert not verdict.is_whole


def test_tail__nothing_waits__has_no_age():
    assert Tail(0, None).age_s(NOW) == 0
