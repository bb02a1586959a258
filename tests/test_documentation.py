"""What the pages say of commands, modules, variables and each other is so."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from django.core.management import get_commands, load_command_class

from gateways.agent.command import app as vga
from gateways.agent.settings import Settings, variable
from vamp.cli.forklift.program import program as forklift
from vamp.cli.program import program as vamp
from vamp.variables import Variables

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
APPS = ("vamp", "tenants", "gateways", "policies")
VARIABLE = re.compile(r"\bVAMP_[A-Z_]*[A-Z]\b")
TOLD_TO_HAPROXY = {"VAMP_BIND", "VAMP_SOCKETS"}
"""Variables that an agent sets for its own HAProxy; nobody else does."""

ENDS_A_COMMAND = re.compile(r"[`|#&;)]|\n| {2}")


def page_id(path: Path) -> str:
    return path.name


def text_of(page: Path) -> str:
    """The page, with commands that go on in the next line put on one."""
    return page.read_text().replace("\\\n", " ")


def commands(page: Path, program: str) -> Iterator[tuple[str, list[str]]]:
    """Every use of `program`: its subcommand, and the options given to it."""
    for found in re.finditer(rf"(?<![\w/-]){re.escape(program)} ([a-z_]+)\b(.*)", text_of(page)):
        rest = ENDS_A_COMMAND.split(found[2])[0]
        yield found[1], re.findall(r"(?<=\s)--[a-z][a-z-]*", rest)


@cache
def parser_of(name: str) -> argparse.ArgumentParser:
    return load_command_class(get_commands()[name], name).create_parser("manage.py", name)


def own_commands() -> list[str]:
    return sorted(name for name, app in get_commands().items() if app in APPS)


@cache
def vga_options() -> dict[str, set[str]]:
    group: Any = typer.main.get_command(vga)
    return {
        name: {option for parameter in command.params for option in parameter.opts} | {"--help"}
        for name, command in group.commands.items()
    }


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_page__commands_of_manage_py__are_there_with_their_options(page):
    for name, options in commands(page, "manage.py"):
        assert name in get_commands(), f"there is no manage.py {name}"
        known = set(parser_of(name)._option_string_actions)
        assert set(options) <= known, f"manage.py {name}"


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_page__commands_of_vga__are_there_with_their_options(page):
    for name, options in commands(page, "vga"):
        if options or name in vga_options():
            assert set(options) <= vga_options()[name], f"vga {name}"


def lines_of_the_command_lines(page: Path) -> Iterator[list[str]]:
    """Every line of an example that runs ``vamp`` or ``forklift``, as a shell takes it apart."""
    for block in re.findall(r"^```(?:sh|console|text)\n(.*?)^```$", text_of(page), re.M | re.S):
        for line in block.splitlines():
            line = line.removeprefix("$ ")
            if line.startswith(("vamp ", "forklift ")):
                yield shlex.split(re.split(r" [#>|] ", line)[0])


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_page__lines_of_vamp_and_forklift__are_understood_whole(page):
    for program, *words in lines_of_the_command_lines(page):
        command: Any = {"vamp": vamp, "forklift": forklift}[program]()
        context = command.make_context(program, list(words))
        while getattr(command, "commands", None) is not None:
            name, command, rest = command.resolve_command(
                context, [*context._protected_args, *context.args]
            )
            context = command.make_context(name, rest, parent=context)


def test_pages__of_vamp_and_forklift__have_examples():
    for name in ("cli.md", "forklift.md"):
        assert len(list(lines_of_the_command_lines(ROOT / "docs" / name))) > 10


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_page__verbs_of_make__are_there(page):
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"(?:`|^\$ )make ([a-z-]+)", text_of(page), re.MULTILINE)) <= verbs


@pytest.mark.parametrize("name", own_commands())
def test_command__of_ours__prints_its_help_and_is_in_a_page(name, capsys):
    with pytest.raises(SystemExit) as ended:
        parser_of(name).parse_args(["--help"])

    assert ended.value.code == 0
    assert f"manage.py {name}" in capsys.readouterr().out
    assert any(name == used for page in PAGES for used, _ in commands(page, "manage.py"))


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_page__links__lead_to_files_and_headings_that_are_there(page):
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text()):
        name, _, heading = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        assert linked.exists(), target
        if heading:
            assert heading in anchors(linked), target


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_page__modules_that_it_names__are_there(page):
    for name in set(re.findall(rf"`((?:{'|'.join(APPS)})\.[a-z_.]+[a-z_])`", page.read_text())):
        assert is_named(name), name


def is_named(name: str) -> bool:
    """Tell whether `name` is a module, something in one, an event or a task."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length])
        if path.is_dir() or path.with_suffix(".py").exists():
            found = importlib.import_module(".".join(parts[:length]))
            return _has(found, parts[length:]) or name in tasks_and_events()
    return False


def _has(thing: object, names: list[str]) -> bool:
    for name in names:
        if not hasattr(thing, name):
            return False
        thing = getattr(thing, name)
    return True


@cache
def tasks_and_events() -> set[str]:
    from vamp.celery import app

    app.loader.import_default_modules()
    events = {
        value
        for name in APPS[1:]
        for value in vars(importlib.import_module(f"{name}.events")).values()
        if isinstance(value, str)
    }
    return set(app.tasks) | events


def test_variables__that_code_or_pages_name__are_settings():
    settings = {f"VAMP_{name.upper()}" for name in Variables.model_fields}
    settings |= {variable(name) for name in Settings.__dataclass_fields__}
    scheduler = (ROOT / "docs" / "local-scheduler.md").read_text()
    known = settings | {f"{name}_FILE" for name in settings} | set(VARIABLE.findall(scheduler))
    known |= variables_of_the_stack() | variables_of_the_command_lines()
    sources = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    sources += [*PAGES, ROOT / "Makefile", *(ROOT / "deploy").glob("*.sh")]

    named = {name for path in sources for name in VARIABLE.findall(path.read_text())}

    assert sorted(named - known - TOLD_TO_HAPROXY) == []


def variables_of_the_command_lines() -> set[str]:
    """What ``vamp`` and ``forklift`` read."""
    sources = (ROOT / "vamp" / "cli").rglob("*.py")
    return {
        name for path in sources for name in re.findall(r"\"(VAMP_[A-Z_]+)\"", path.read_text())
    }


def test_variables__of_the_command_lines__are_in_their_page():
    page = (ROOT / "docs" / "cli.md").read_text()

    assert "VAMP_TOKEN" in variables_of_the_command_lines()
    assert sorted(variables_of_the_command_lines() - set(VARIABLE.findall(page))) == []


def variables_of_the_stack() -> set[str]:
    """What the stack of real servers reads, or tells those who use it."""
    sources = (ROOT / "deploy" / "stack").rglob("*.py")
    named = {name for path in sources for name in VARIABLE.findall(path.read_text())}
    return {name for name in named if name.startswith("VAMP_STACK_")}


def test_variables__that_the_stack_tells__are_in_its_page():
    page = (ROOT / "docs" / "real-servers.md").read_text()

    assert len(variables_of_the_stack()) > 10
    assert sorted(variables_of_the_stack() - set(VARIABLE.findall(page))) == []


def test_settings__of_the_agent__are_in_its_page():
    page = (ROOT / "docs" / "agent.md").read_text()

    assert [name for name in Settings.__dataclass_fields__ if f"`{name}`" not in page] == []
