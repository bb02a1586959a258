"""The reference of a program's commands as Markdown, made from what the commands themselves say.

``python -m vamp.cli.reference docs/cli.md docs/forklift.md`` writes it anew between the marks of
each page; a test holds the pages to it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from vamp.cli.failure import MEANINGS

BEGIN: Final = "<!-- reference: {} -->"
END: Final = "<!-- end of the reference -->"
_MARKED: Final = re.compile(
    r"(<!-- reference: (\w+) -->\n)(.*?)(?=<!-- end of the reference -->)", re.S
)


def reference_of(program: str) -> str:
    """Return the commands of ``vamp`` or ``forklift``, each with its arguments and options."""
    root = _root(program)
    lines = ["### Options of every command", "", *_options(root, hidden=True), ""]
    for name, command in _commands(program, root):
        lines += [f"### `{name}`", "", *_command(name, command), ""]
    return "\n".join(lines)


def exit_codes() -> str:
    """Return the table of exit codes."""
    rows = [f"| {int(code)} | {meaning} |" for code, meaning in MEANINGS.items()]
    return "\n".join(["| code | what it means |", "|---|---|", *rows, ""])


def renewed(page: str) -> str:
    """Return a page with all that stands between marks made anew."""

    def made(found: re.Match[str]) -> str:
        what = found[2]
        return found[1] + (exit_codes() if what == "exits" else reference_of(what))

    return _MARKED.sub(made, page)


def _root(program: str) -> Any:
    if program == "forklift":
        from vamp.cli.forklift.program import program as of_forklift

        return of_forklift()
    from vamp.cli.program import program as of_vamp

    return of_vamp()


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for word, each in inner.items():
        yield from _commands(f"{name} {word}", each)


def _command(name: str, command: Any) -> Iterator[str]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    words = " ".join([name, *(_argument(each) for each in arguments), "[OPTIONS]"])
    yield f"`{words}`"
    yield ""
    yield from _paragraphs(command.help or "")
    told = [each for each in arguments if each.help]
    options = list(_options(command))
    for each in told:
        yield f"- `{_argument(each)}`: {each.help}"
    yield from options


def _argument(argument: Any) -> str:
    word = argument.metavar or argument.name.upper()
    if argument.nargs != 1:
        word += "..."
    return word if argument.required or word.startswith("[") else f"[{word}]"


def _options(command: Any, *, hidden: bool = False) -> Iterator[str]:
    for each in command.params:
        if each.param_type_name != "option" or (
            each.name in ("help", "given_output") and not hidden
        ):
            continue
        if each.hidden and not hidden:
            continue
        names = ", ".join(f"`{name}`" for name in [*each.opts, *each.secondary_opts])
        yield f"- {names}: {each.help}"


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield " ".join(paragraph.split())
        yield ""


def main() -> None:
    """Renew the pages that the command line names."""
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(renewed(path.read_text()))


if __name__ == "__main__":
    main()
