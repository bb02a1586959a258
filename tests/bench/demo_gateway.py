"""Two versions of the demonstration's service in an installation, and a gateway over them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from gateways.management.booting import Booted
from tests.bench.asking import Asking, get
from vamp.demo.documents import ROOT

GATEWAY: Final = "shop"
HOST: Final = "shop.acme.test"
VERSIONS: Final = ("1.0.0", "1.1.0")
FIRST_PORT: Final = 26_000
WAIT_S: Final = 40.0


def begin(up: Booted) -> dict[str, tuple[str, int]]:
    """Start both versions and the gateway, all traffic to the first; return where each answers.

    Raises:
        TimeoutError: they are not discovered, or the gateway is not served.
    """
    _write_services(up.services)
    answering: dict[str, tuple[str, int]] = {}
    _until(lambda: _fill(answering, up), "two ready instances")
    document: dict[str, Any] = {
        "kind": "Gateway",
        "name": GATEWAY,
        "hosts": [HOST],
        "routes": [
            {"service": GATEWAY, "version": version, "weight": weight}
            for version, weight in zip(VERSIONS, ("100%", "0%"), strict=True)
        ],
    }
    up.call("PUT", f"gateways/{GATEWAY}", json=document).raise_for_status()
    places = [(address, up.shared_port) for address in up.addresses]
    _until(lambda: all(_is_served(place) for place in places), "the gateway on every agent")
    return answering


def _write_services(folder: Path) -> None:
    """Write a definition that runs one instance of each version, answering without delay."""
    runs = {
        version: {
            "command": [sys.executable, "-m", "vamp.demo.service"],
            "arguments": ["--service", GATEWAY, "--version", version, "--delay-ms", "0"],
            "environment": {"PYTHONPATH": str(ROOT)},
            "readiness": {"http": "/healthz", "interval": "1s"},
        }
        for version in VERSIONS
    }
    document = {
        "ports": {"first": FIRST_PORT, "last": FIRST_PORT + 999},
        "services": {GATEWAY: {"versions": runs}},
    }
    draft = folder / ".services.yaml.draft"
    draft.write_text(json.dumps(document))
    draft.replace(folder / "services.yaml")


def _fill(answering: dict[str, tuple[str, int]], up: Booted) -> bool:
    answer = up.call("GET", f"services/{GATEWAY}")
    for version in answer.json()["versions"] if answer.ok else ():
        for instance in version["instances"]:
            if instance["is_ready"]:
                answering[version["version"]] = (instance["host"], instance["port"])
    return len(answering) == len(VERSIONS)


def _is_served(address: tuple[str, int]) -> bool:
    try:
        connection = Asking(address)
    except OSError:
        return False
    try:
        return b" 200 " in connection.ask(get(HOST))[:20]
    finally:
        connection.close()


def _until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {WAIT_S:g} s for {what}")
        time.sleep(0.05)
