from __future__ import annotations

import pytest

from tests.vamp.cli.things import BOTH, GATEWAY
from vamp.cli.differences import Difference


def test_diff__nothing_there_yet__is_all_new(shell):
    ran = shell.vamp("diff", "-f", "-", stdin=BOTH)

    assert ran.exit == 0
    assert "--- Gateway acme/production/shop (as it is)" in ran.out
    assert "+  weight: 100%" in ran.out
    assert shell.vamp("get", "gateways", "-o", "name").out == ""


def test_diff__one_value__shows_that_line_as_the_server_reads_it(shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH)
    changed = GATEWAY.replace("version: 1.0.0, weight: 100%", "version: 1.0.0, weight: 90%")
    changed = changed.replace("version: 1.1.0", "version: 1.1.0, weight: 10%")

    ran = shell.vamp("diff", "-f", "-", stdin=changed)

    lines = [line for line in ran.out.splitlines() if line[:1] in "+-" and "shop (" not in line]
    assert lines == ["-  weight: 100%", "+  weight: 90%", "-  weight: 0%", "+  weight: 10%"]


@pytest.mark.parametrize(
    ("stdin", "code"), [(BOTH, 0), (GATEWAY.replace("acme.test", "b.test"), 8)]
)
def test_diff__exit_code_wanted__tells_whether_there_are_any(shell, stdin, code):
    shell.vamp("apply", "-f", "-", stdin=BOTH)

    assert shell.vamp("diff", "--exit-code", "-f", "-", stdin=stdin).exit == code


def test_diff__on_a_terminal__is_coloured(shell):
    shell.is_terminal = True

    assert "\x1b[32m+name: shop" in shell.vamp("diff", "-f", "-", stdin=BOTH).out
    assert "\x1b" not in shell.vamp("diff", "-f", "-", "--no-color", stdin=BOTH).out


def test_difference__of_the_same__has_no_lines():
    assert Difference("x", "a\n", "a\n").lines() == []
