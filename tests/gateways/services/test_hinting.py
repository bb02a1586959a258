from __future__ import annotations

import logging

from gateways.haproxy.manifest import ManifestEntry
from gateways.services.hinting import hint


def test_hint__embedded_stream__sends_nothing_and_does_not_fail(environment):
    assert not hint(environment, {"shop": ManifestEntry(1, "x")})


def test_hint__key_is_none__is_logged_and_does_not_fail(environment, settings, caplog):
    settings.EVENTS_URL, settings.EVENTS_KEY = "nats://127.0.0.1:1", "no creds"

    with caplog.at_level(logging.WARNING, logger="gateways.publication"):
        assert not hint(environment, {})

    assert [record.getMessage() for record in caplog.records] == ["hint.not_sent"]


def test_hint__server_is_away__does_not_wait_or_fail(environment, settings):
    settings.EVENTS_URL = "nats://127.0.0.1:1"

    assert hint(environment, {"shop": ManifestEntry(1, "x")})
