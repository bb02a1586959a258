from __future__ import annotations

import json

from vamp.errors import Invalid
from vamp.ports.checks import Check, Checked, Tone
from vamp.ports.errors import PortRefused


def failing(error):
    def ask():
        raise error

    return ask


def test_check__everything_well__is_ok_and_prepared_with_a_latency():
    check = Check("Vault", "1.14")

    assert check.asks("answers", lambda: "yes", is_timed=True) == "yes"

    found = check.done()
    assert found.ok
    assert found.is_prepared
    assert found.latency_ms is not None
    assert found.latency_ms >= 0


def test_check__what_is_missing_yet__is_ok_but_not_prepared():
    check = Check("Vault")
    check.unprepared("the mount is there", "there is none", "run the set-up")

    assert check.done().ok
    assert not check.done().is_prepared


def test_check__refused__is_not_ok_and_says_why_with_the_hint():
    check = Check("Vault")

    assert check.asks("writes", failing(PortRefused("not allowed")), hint="extend it") is None

    (finding,) = check.done().findings
    assert (finding.tone, finding.message, finding.hint) == (Tone.BAD, "not allowed", "extend it")
    assert not check.done().ok


def test_check__error_of_a_library__is_named_and_its_text_is_not_told():
    check = Check("Vault")

    check.asks("answers", failing(RuntimeError("redis://:hunter2@host")))
    check.asks("answers", failing(Invalid("said so")))

    first, second = check.done().findings
    assert first.message == "failed: RuntimeError"
    assert second.message == "said so"


def test_checked__as_json_and_back__is_the_same():
    check = Check("Vault", "1.14", 0.5)
    check.good("answers", "well")
    check.bad("writes", "no", "do it")

    found = check.done()

    assert Checked.from_json(json.loads(json.dumps(found.as_json()))) == found


def test_checked__without_a_finding__is_not_ok():
    assert not Checked("Vault").ok


def test_failed__of_a_system__is_one_bad_finding():
    found = Checked.failed("Vault", "silent", "wake it")

    assert not found.ok
    assert found.findings[0].hint == "wake it"
