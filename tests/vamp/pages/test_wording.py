from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vamp.pages import wording

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (1, "1 second ago"),
        (59, "59 seconds ago"),
        (120, "2 minutes ago"),
        (7_300, "2 hours ago"),
        (86_400 * 3, "3 days ago"),
        (-60, "in 1 minute"),
    ],
)
def test_ago__any_length__is_in_its_largest_unit(seconds, words):
    assert wording.ago(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (None, "–"),
        (0.0, "0%"),
        (1.0, "100%"),
        (0.99999, "99.99%"),
        (0.00001, "0.01%"),
        (0.8123, "81.2%"),
        (0.9958, "99.58%"),
    ],
)
def test_ratio__any_share__never_rounds_to_all_or_nothing(share, words):
    assert wording.ratio(share) == words


@pytest.mark.parametrize(
    ("value", "words"), [(None, "–"), (0.82, "0.8 ms"), (182.4, "182 ms"), (1_340, "1.3 s")]
)
def test_milliseconds__any_value__has_sensible_digits(value, words):
    assert wording.milliseconds(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(None, "–"), (0, "0"), (1_234.5, "1,234"), (3.44, "3.4"), (0.051, "0.051")]
)
def test_rate__any_value__has_sensible_digits(value, words):
    assert wording.rate(value) == words


@pytest.mark.parametrize(
    ("what", "payload", "words"),
    [
        ("gateways.weights.changed", {"gateway": "shop"}, "Weights of shop changed"),
        ("gateways.gateway.created", {"gateway": "shop"}, "Gateway shop created"),
        (
            "gateways.version.appeared",
            {"service": "shop", "version": "1.1.0"},
            "Version 1.1.0 of shop appeared",
        ),
        (
            "policies.release.changed",
            {"gateway": "shop", "release": 3, "reason": "paused"},
            "Release 3 of shop changed: paused",
        ),
        ("gateways.agent.appeared", {"agent": "vga-1"}, "Agent vga-1 appeared"),
        ("tenants.environment.changed", {}, "Environment changed"),
    ],
)
def test_event_words__known_events__say_what_happened(what, payload, words):
    assert wording.event_words(f"vamp.acme.production.{what}", payload) == words


def test_audit_words__weights__reads_as_a_sentence():
    assert wording.audit_words("weights.changed", "shop") == "changed the weights of shop"
    assert wording.audit_words("gateway.created", "shop") == "created the gateway shop"
