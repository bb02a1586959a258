"""The house rules that no linter knows, held for every file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("vamp", "tenants", "gateways", "policies")
MOST_LINES = 400
SAYS_NOTHING = {
    "manager", "managers", "helper", "helpers", "util", "utils", "handler", "handlers",
    "processor", "processors", "base", "common", "misc", "data", "info",
}  # fmt: skip
TEST_NAME = re.compile(r"test_[a-z0-9]+(_[a-z0-9]+)*(__[a-z0-9]+(_[a-z0-9]+)*){2}")
VARIABLE = re.compile(r"\bVAMP_[A-Z][A-Z_]*[A-Z]\b")

TESTED_ELSEWHERE = {}
"""Modules without a test file at the mirrored path: where their tests are, and why there."""


@lru_cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def ours(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def has_logic(path: Path) -> bool:
    """Tell whether any function of a module does more than say what it is."""
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(not _is_remark(statement) for statement in node.body)
        for node in ast.walk(parsed(path))
    )


def _is_remark(statement: ast.stmt) -> bool:
    """A docstring, or the three dots of a protocol."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def test_every_file__of_ours__has_at_most_400_lines():
    long = {
        relative(path): lines
        for path in ours(*APPS, "tests")
        if (lines := len(path.read_text().splitlines())) > MOST_LINES
    }

    assert long == {}


def test_every_module__with_logic__has_its_test_file():
    missing = {
        relative(path)
        for path in ours(*APPS)
        if path.name != "__init__.py"
        and has_logic(path)
        and not (ROOT / "tests" / path.relative_to(ROOT).with_name(f"test_{path.name}")).exists()
    }

    assert missing == set(TESTED_ELSEWHERE)
    

if __name__ == "__main__":
    for p in ours(*APPS):
        if p.name != "__init__.py" and has_logic(p) and not (ROOT / "tests" / p.relative_to(ROOT).with_name(f"test_{p.name}")).exists(): print(relative(p), len(p.read_text().splitlines()))
    for p in ours(*APPS, "tests"):
        if len(p.read_text().splitlines())>400: print("LONG", relative(p))
