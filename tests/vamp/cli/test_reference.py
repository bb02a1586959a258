from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_isolation_of_cli import every_command
from vamp.cli.reference import renewed

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", ["cli.md", "forklift.md"])
def test_page__its_reference__is_what_the_commands_say(name):
    page = (DOCS / name).read_text()

    assert renewed(page) == page, "python -m vamp.cli.reference docs/cli.md docs/forklift.md"


def test_pages__every_command__is_in_one():
    text = "".join((DOCS / name).read_text() for name in ("cli.md", "forklift.md"))

    assert [name for name in every_command() if f"### `{name}`\n" not in text] == []


def test_renewed__text_outside_the_marks__stays():
    page = "a\n<!-- reference: exits -->\nold\n<!-- end of the reference -->\nb\n"

    found = renewed(page)

    assert found.startswith("a\n<!-- reference: exits -->\n| code |")
    assert found.endswith("<!-- end of the reference -->\nb\n")
    assert "old" not in found
