"""Tables: bordered by nothing but air, at the terminal's width; aligned and uncut in pipes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vamp.cli.kind import Column, Row
from vamp.cli.surroundings import Surroundings
from vamp.cli.wording import cell, moment

GAP = "   "
NARROWEST_CELL = 8
"""Columns that a squeezed column keeps."""


def table(
    around: Surroundings, columns: Sequence[Column], rows: Sequence[Row], *, has_colour: bool
) -> str:
    """Return a table as text.

    On a terminal it is never wider than that: wide columns go first, then empty ones, then long
    cells are folded. In a pipe every column is there and nothing is cut, one line a row.

    Args:
        around: whose terminal.
        columns: titles and where their cells come from.
        rows: at least one.
        has_colour: are titles drawn bold.
    """
    cells = [[column.text(row) for column in columns] for row in rows]
    if not around.writes_to_terminal:
        return _aligned([column.title for column in columns], cells)
    shown = _shown(columns, cells, around.width)
    titles = [columns[index].title for index in shown]
    return _drawn(titles, [[row[index] for index in shown] for row in cells], around, has_colour)


def _aligned(titles: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
    lines = (
        GAP.join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in (titles, *cells)
    )
    return "".join(f"{line}\n" for line in lines)


def _shown(columns: Sequence[Column], cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the indexes of the columns that find room."""
    shown = [
        index
        for index, column in enumerate(columns)
        if not column.is_wide or any(row[index] for row in cells)
    ]

    def needed() -> int:
        return sum(
            max(len(columns[index].title), *(len(row[index]) for row in cells)) + len(GAP)
            for index in shown
        ) - len(GAP)

    wide = [index for index in reversed(shown) if columns[index].is_wide]
    empty = [index for index in reversed(shown) if not any(row[index] for row in cells)]
    for index in [*wide, *empty]:
        if needed() <= width:
            break
        if index in shown and len(shown) > 1:
            shown.remove(index)
    return shown


def _drawn(
    titles: Sequence[str], cells: Sequence[Sequence[str]], around: Surroundings, has_colour: bool
) -> str:
    from io import StringIO

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, padding=(0, len(GAP), 0, 0), pad_edge=False, header_style="bold")
    for title in titles:
        drawn.add_column(title, overflow="fold", min_width=min(len(title), NARROWEST_CELL))
    for row in cells:
        drawn.add_row(*(Text(text) for text in row))  # Text: what stands in brackets is no markup
    console = Console(
        file=StringIO(), width=around.width, force_terminal=has_colour, no_color=not has_colour,
        color_system="standard" if has_colour else None, highlight=False, emoji=False,
    )  # fmt: skip
    console.print(drawn)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def described(row: Row, width: int) -> str:
    """Return all that is known of one thing: fields, and lists of things as tables below them."""
    return "\n".join(_lines(row, "", width)) + "\n"


def _lines(row: Mapping[str, Any], indent: str, width: int) -> Iterator[str]:
    simple = {key: value for key, value in row.items() if not _is_nested(value)}
    longest = max((len(key) for key in simple), default=0)
    for key, value in simple.items():
        text = moment(value) if key.endswith(("_at", "_until")) or key == "at" else cell(value)
        yield f"{indent}{_label(key).ljust(longest + 2)}{text}".rstrip()
    for key, value in row.items():
        if not _is_nested(value):
            continue
        yield f"{indent}{_label(key)}"
        if isinstance(value, Mapping):
            yield from _lines(value, indent + "  ", width)
        else:
            for item in value:
                yield from _item(item, indent + "  ", width)


def _item(item: Mapping[str, Any], indent: str, width: int) -> Iterator[str]:
    first, *rest = _lines(item, "", width - len(indent) - 2)
    yield f"{indent}- {first}"
    yield from (f"{indent}  {line}" for line in rest)


def _is_nested(value: Any) -> bool:
    if isinstance(value, Mapping):
        return bool(value)
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _label(key: str) -> str:
    return key.replace("_", " ") + ":"
