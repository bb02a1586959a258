"""The examples of how people sign in, in docs/forklift.md and docs/identity.md, on the real API."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.factories import user_of

DOCS = Path(__file__).parents[4] / "docs"
PASSWORD = "a longer and better phrase"
TYPED = ("delete", "reset")
"""Verbs that ask a person, whom a test answers with ``--yes``."""


def examples(page: str) -> list[list[str]]:
    """Every line of a page that runs ``forklift``, in its order, without the program."""
    blocks = re.findall(r"^```(?:sh|console)\n(.*?)^```", (DOCS / page).read_text(), re.S | re.M)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("forklift ")]


def of_identity(page: str) -> list[list[str]]:
    words = re.compile("single-sign-on|group-mapping|password$|second-factor|salt|--(in)?active")
    return [line for line in examples(page) if any(words.match(word) for word in line)]


@pytest.mark.parametrize(("page", "organisation", "count"), [
    ("forklift.md", "globex", 17), ("identity.md", "acme", 5),
])  # fmt: skip
def test_examples__in_their_order__all_end_well(
    root, environment, monkeypatch, tmp_path, page, organisation, count
):
    user_of(environment.organisation, "cy", role="viewer")
    root.write("sso.secret", "hunter2-hunter2\n")
    root.is_terminal = True
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("getpass.getpass", lambda question: PASSWORD)
    lines = of_identity(page)

    for line in lines:
        words = [word if word != organisation else "acme" for word in line]
        ran = root.forklift(*words, *(["--yes"] if words[0] in TYPED else []))

        assert ran.exit == 0, (line, ran.err)
        assert "hunter2" not in ran.all
        assert max(map(len, ran.out.splitlines()), default=0) <= 130
    assert len(lines) == count
