"""What the faults happen to: a gateway under load, and a policy that tells a hook how it ended."""

from __future__ import annotations

import json
from typing import Final

from vamp.demo.documents import GATEWAY, HOST, SERVICE

POLICY: Final = "chaos"


def policy(hook_url: str) -> str:
    """Return a policy of two short steps that calls `hook_url` once a release has succeeded."""
    conditions = [
        {"name": "errors", "metric": "error_ratio", "operator": "<=", "baseline": 0.05},
        {"name": "latency", "metric": "latency_p95", "operator": "<=", "baseline": 2000},
    ]
    return json.dumps(
        {
            "kind": "ReleasePolicy",
            "name": POLICY,
            "window": "3s",
            "gracePeriod": "1s",
            "minimumSamples": 20,
            "successes": 2,
            "steps": [
                {
                    "name": name,
                    "target": {"weight": weight},
                    "maximumDuration": "15m",
                    "conditions": conditions,
                }
                for name, weight in (("half", "50%"), ("all", "100%"))
            ],
            "hooks": {"onSuccess": [{"url": hook_url}]},
        }
    )


GATEWAY_DOCUMENT: Final = json.dumps(
    {
        "kind": "Gateway",
        "name": GATEWAY,
        "hosts": [HOST],
        "sticky": "cookie",
        "selector": f"label(app)({SERVICE}) && label(version)((.*))",
        "policy": POLICY,
    }
)
