"""The rules of the house that no linter knows, held for every file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("vamp", "tenants", "gateways", "policies")
MOST_LINES = 400
SAYS_NOTHING = {
    "manager", "managers", "helper", "helpers", "util", "utils", "handler", "handlers",
    "processor", "processors", "base", "common", "misc",
}  # fmt: skip
TEST_NAME = re.compile(r"test_[a-z0-9]+(_[a-z0-9]+)*(__[a-z0-9]+(_[a-z0-9]+)*){2}")
SAYS_WHAT_IT_IS = {"__str__", "__repr__"}

NAMED_BY_OTHERS: Mapping[str, str] = {
    "vamp/mysql/base.py": "Django looks for a database backend in this module",
}
"""Modules whose vague name is not ours to choose, and why."""

TESTED_ELSEWHERE: Mapping[str, str] = {
    "gateways/apps.py": "one registration, without which no clone has gateways",
    "policies/apps.py": "one registration, without which no clone has policies",
    "gateways/management/commands/demo.py": "boots everything; its parts are in tests/vamp/demo",
    "vamp/apps.py": "one import, without which no test with a task passes",
}
"""Modules without a test file at the mirrored path, and why."""


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def files(*folders: str) -> Iterator[Path]:
    """Every Python file of ours in these folders, migrations apart."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines(names: Iterable[str]) -> str:
    return "\n".join(["", *sorted(names)])


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def has_logic(path: Path) -> bool:
    """Tell whether a module does something: not so protocols, tables and names of rows."""
    return any(
        function.name not in SAYS_WHAT_IT_IS
        and not all(_is_remark(statement) for statement in function.body)
        for function in functions(path)
    )


def _is_remark(statement: ast.stmt) -> bool:
    """A docstring, or the three dots of a protocol."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def mirrored(path: Path) -> Path:
    return ROOT / "tests" / path.relative_to(ROOT).with_name(f"test_{path.name}")


def test_file__of_ours__has_at_most_400_lines():
    long = {
        shown(path): lines
        for path in files(*APPS, "tests")
        if (lines := len(path.read_text().splitlines())) > MOST_LINES
    }

    assert not long, long


def test_module__with_logic__has_its_test_file():
    modules = [path for path in files(*APPS) if path.name != "__init__.py" and has_logic(path)]

    missing = {shown(path) for path in modules if not mirrored(path).exists()}

    assert not missing - TESTED_ELSEWHERE.keys(), lines(missing - TESTED_ELSEWHERE.keys())
    assert TESTED_ELSEWHERE.keys() <= missing  # or an exemption is not needed any more


def test_module__by_its_name__says_what_is_in_it():
    vague = {
        shown(path) for path in files(*APPS) if SAYS_NOTHING & {*path.stem.split("_"), *path.parts}
    }

    assert vague == NAMED_BY_OTHERS.keys(), lines(vague)


def test_package__of_ours__says_what_it_is():
    silent = [
        shown(path)
        for path in files(*APPS)
        if path.name == "__init__.py" and not ast.get_docstring(parsed(path))
    ]

    assert not silent, lines(silent)


def test_test__by_its_name__says_subject_condition_and_outcome():
    vague = [
        f"{shown(path)}::{function.name}"
        for path in files("tests")
        if path.name.startswith("test_")
        for function in functions(path)
        if function.name.startswith("test_") and not TEST_NAME.fullmatch(function.name)
    ]

    assert not vague, lines(vague)


def event_names() -> Mapping[str, str]:
    """Constant → name of every event that an app declares."""
    return {
        target.id: str(node.value.value)
        for app in APPS
        if (path := ROOT / app / "events.py").exists()
        for node in parsed(path).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def names_used(paths: Iterable[Path]) -> set[str]:
    return {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for path in paths
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute | ast.Name)
    }


def test_event__that_an_app_declares__is_emitted_by_one_of_its_services():
    emitted = names_used(path for path in files(*APPS) if "services" in path.parts)

    assert len(event_names()) > 20
    assert sorted(event_names().keys() - emitted) == []


def test_event__that_an_app_declares__is_in_the_table_with_whoever_emits_it():
    page = (ROOT / "docs" / "architecture.md").read_text()
    rows = dict(re.findall(r"^\| `([a-z]+\.[a-z]+\.[a-z]+)` \| .+ \| (.+) \|$", page, re.MULTILINE))

    assert rows.keys() == set(event_names().values())
    for constant, name in event_names().items():
        for module in re.findall(r"`([a-z._]+)`", rows[name]):
            path = ROOT / (module.replace(".", "/") + ".py")
            assert constant in names_used([path]), f"{module} does not emit {name}"
