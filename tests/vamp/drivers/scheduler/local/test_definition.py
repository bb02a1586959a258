from __future__ import annotations

import pytest

from vamp.drivers.scheduler.local.definition import Definition, Readiness, read_definition
from vamp.errors import Invalid

FULL = """
# what runs here
services:
  shop:
    labels: {team: web, tier: front}
    environment: {COLOUR: blue, SIZE: "1"}
    versions:
      "1.1.0":
        command: [./serve]
      1.0.0:
        command: [python3, -m, shop]
        arguments: ["--port", $PORT]
        environment: {COLOUR: green}
        directory: releases/1.0.0
        instances: 2
        labels: {tier: back}
        host: 127.0.0.2
        readiness: {http: /health?deep=1, interval: 500ms, timeout: 2s, failures: 5}
        stop: {drain: 250ms, grace: 1m}
ports: {first: 21000, last: 21099}
"""


def test_read_definition__everything_said__is_all_there() -> None:
    found = read_definition(FULL)

    first, second = found.workloads
    assert (found.first_port, found.last_port) == (21_000, 21_099)
    assert (first.service, first.version, first.instances) == ("shop", "1.0.0", 2)
    assert first.command == ("python3", "-m", "shop", "--port", "$PORT")
    assert first.environment == {"COLOUR": "green", "SIZE": "1"}
    assert first.labels == {"app": "shop", "version": "1.0.0", "team": "web", "tier": "back"}
    assert (first.directory, first.host) == ("releases/1.0.0", "127.0.0.2")
    assert first.readiness == Readiness("/health?deep=1", 0.5, 2.0, 5)
    assert (first.drain_s, first.grace_s) == (0.25, 60.0)
    assert (second.version, second.environment["COLOUR"]) == ("1.1.0", "blue")


def test_read_definition__only_a_command__has_sensible_defaults() -> None:
    (found,) = read_definition("services: {shop: {versions: {'1': {command: [serve]}}}}").workloads

    assert (found.instances, found.host, found.directory) == (1, "127.0.0.1", "")
    assert found.readiness == Readiness(path="", interval_s=1.0, timeout_s=1.0, failures=3)
    assert (found.drain_s, found.grace_s) == (1.0, 10.0)


@pytest.mark.parametrize("text", ["", "\n# nothing yet\n", "---\n", "services: {}\n"])
def test_read_definition__nothing_in_it__asks_for_nothing(text: str) -> None:
    assert read_definition(text) == Definition()


def test_read_definition__many_faults__tells_all_with_their_lines() -> None:
    text = """\
services:
  shop:
    versions:
      "1.0":
        comand: [serve]
        instances: -1
        readiness: {http: health, tcp: true}
        stop: {grace: 10}
      "bad name":
        command: []
        environment: {"1A": x, B: 7}
ports: {first: 30000, last: 20000}
"""
    with pytest.raises(Invalid) as caught:
        read_definition(text)

    lines = {(fault.line, fault.code) for fault in caught.value.faults}
    assert {line for line, _ in lines} >= {5, 6, 7, 8, 10, 11, 12}
    assert any("did you mean `command`" in fault.hint for fault in caught.value.faults)
    assert any("write 10s" in fault.hint for fault in caught.value.faults)


@pytest.mark.parametrize(
    "readiness", ["{}", "{http: /, tcp: true}", "{tcp: false}", "{http: /, interval: 1ms}"]
)
def test_read_definition__readiness_that_makes_no_sense__is_refused(readiness: str) -> None:
    with pytest.raises(Invalid):
        read_definition(
            f"services: {{shop: {{versions: {{'1': {{command: [a], readiness: {readiness}}}}}}}}}"
        )


def test_read_definition__two_documents__is_refused() -> None:
    with pytest.raises(Invalid, match="more than one document"):
        read_definition("services: {}\n---\nservices: {}\n")


def test_fingerprint__what_a_process_cannot_take_over__changes_it() -> None:
    base = read_definition(FULL).workloads[0].fingerprint

    def changed(old: str, new: str) -> bool:
        assert old in FULL
        return read_definition(FULL.replace(old, new)).workloads[0].fingerprint != base

    assert changed("COLOUR: green", "COLOUR: red")
    assert changed("-m, shop", "-m, shop2")
    assert changed("releases/1.0.0", "releases/1.0.1")
    assert changed("127.0.0.2", "127.0.0.3")
    assert not changed("instances: 2", "instances: 3")
    assert not changed("tier: back", "tier: middle")
    assert not changed("interval: 500ms", "interval: 1s")
    assert not changed("grace: 1m", "grace: 2m")
