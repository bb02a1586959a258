"""Two versions of the demonstration's service, for an environment's local scheduler."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from vamp.demo.documents import ROOT

SERVICE: Final = "shop"
VERSIONS: Final = ("1.0.0", "1.1.0")
FIRST_PORT: Final = 26_000


def write_services(folder: Path) -> None:
    """Write a definition that runs one instance of each version, answering without delay."""
    runs = {
        version: {
            "command": [sys.executable, "-m", "vamp.demo.service"],
            "arguments": ["--service", SERVICE, "--version", version, "--delay-ms", "0"],
            "environment": {"PYTHONPATH": str(ROOT)},
            "readiness": {"http": "/healthz", "interval": "1s"},
        }
        for version in VERSIONS
    }
    document = {
        "ports": {"first": FIRST_PORT, "last": FIRST_PORT + 999},
        "services": {SERVICE: {"versions": runs}},
    }
    draft = folder / ".services.yaml.draft"
    draft.write_text(json.dumps(document))
    draft.replace(folder / "services.yaml")
