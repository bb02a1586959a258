"""What the demonstration tells Vamp and the scheduler: three documents, as anybody would write them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import vamp
from vamp.demo.traffic import TESTER_AGENT

SERVICE: Final = "shop"
GATEWAY: Final = "shop"
HOST: Final = "shop.acme.test"
POLICY: Final = "step-by-step"

FIRST: Final = "1.0.0"
GOOD: Final = "1.1.0"
BROKEN: Final = "1.2.0"
BROKEN_SHARE: Final = 0.2
"""Share of its requests that the broken version fails."""

FIRST_PORT: Final = 23_000
"""Instances get ports from here on, below those that the system hands to outgoing connections."""

STEP_WEIGHTS: Final = (0, 1_000, 5_000, 10_000)
"""What the policy's steps give to the target, in hundredths of a percent."""

ROOT: Final = Path(vamp.__file__).resolve().parent.parent

POLICY_DOCUMENT: Final = f"""\
kind: ReleasePolicy
name: {POLICY}
title: Testers first, then a tenth, half, and all
# Short windows, so that the whole of it fits into a minute; for real traffic take minutes.
window: 3s
gracePeriod: 1s
minimumSamples: 25
successes: 2
steps:
  # Nobody but testers: does it answer at all? The testers keep it in the next steps.
  - name: testers
    target: {{weight: 0%, condition: "user-agent has {TESTER_AGENT}"}}
    maximumDuration: 1m
    conditions:
      - {{name: answers, metric: error_ratio, operator: "<=", baseline: 0.5}}
      - {{name: latency, metric: latency_p95, operator: "<=", baseline: 500}}
  - name: tenth
    target: {{weight: 10%, condition: "user-agent has {TESTER_AGENT}"}}
    maximumDuration: 1m
    conditions: &against-source
      - {{name: errors, metric: error_ratio, operator: "<=", baseline: {{source: {{difference: 0.02}}}}}}
      - name: latency
        metric: latency_p95
        operator: "<="
        baseline: {{source: {{ratio: 2, difference: 100}}}}
  - name: half
    target: {{weight: 50%, condition: "user-agent has {TESTER_AGENT}"}}
    maximumDuration: 1m
    conditions: *against-source
  # The source has no traffic left to compare with, so numbers take its place.
  - name: all
    target: {{weight: 100%}}
    maximumDuration: 1m
    conditions:
      - {{name: errors, metric: error_ratio, operator: "<=", baseline: 0.02}}
      - {{name: latency, metric: latency_p95, operator: "<=", baseline: 500}}
"""

GATEWAY_DOCUMENT: Final = f"""\
kind: Gateway
name: {GATEWAY}
title: Web shop
hosts: [{HOST}]
sticky: cookie
selector: label(app)({SERVICE}) && label(version)((.*))
policy: {POLICY}
"""


@dataclass(frozen=True, slots=True)
class DemoVersion:
    """One version of the service for the scheduler to run.

    Attributes:
        version: its label.
        fail_share: share of requests that it fails, from 0 to 1.
        instances: copies.
    """

    version: str
    fail_share: float = 0.0
    instances: int = 2


def services_document(versions: Sequence[DemoVersion]) -> str:
    """Return the ``services.yaml`` that runs `versions`; JSON, which is YAML too."""
    runs = {
        each.version: {
            "command": [sys.executable, "-m", "vamp.demo.service"],
            "arguments": [
                "--service",
                SERVICE,
                "--version",
                each.version,
                "--fail",
                str(each.fail_share),
            ],
            "environment": {"PYTHONPATH": str(ROOT)},
            "instances": each.instances,
            "readiness": {"http": "/healthz", "interval": "1s"},
        }
        for each in versions
    }
    document = {
        "ports": {"first": FIRST_PORT, "last": FIRST_PORT + 999},
        "services": {SERVICE: {"versions": runs}},
    }
    return json.dumps(document, indent=2) + "\n"


def demo_version(version: str) -> DemoVersion:
    """Return the version as the story has it: `BROKEN` fails `BROKEN_SHARE` of its requests."""
    return DemoVersion(version, BROKEN_SHARE if version == BROKEN else 0.0)


def write_services(folder: Path, versions: Sequence[DemoVersion]) -> None:
    """Put the definition of `versions` into the scheduler's `folder`, whole or not at all."""
    write_definition(folder, services_document(versions))


def write_definition(folder: Path, text: str) -> None:
    """Put `text` into the ``services.yaml`` of the scheduler's `folder`, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / ".services.yaml.draft"
    draft.write_text(text)
    draft.replace(folder / "services.yaml")
