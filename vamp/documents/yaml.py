"""Reads YAML and JSON documents strictly, remembering where everything stands.

Strict means: no `on` or `NO` as truth values, no sexagesimal, octal or hexadecimal numbers, no
dates, no tags, no merge keys, no key given twice, keys are text; aliases, depth and size are
limited, so that a small text cannot grow into a large value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from vamp.documents.json_schema import schema
from vamp.documents.scalars import plain_value
from vamp.documents.source import Node, Source
from vamp.documents.validation import examined, validated
from vamp.errors import Fault, Invalid

__all__ = ["Source", "examined", "read_documents", "schema", "validated"]

MOST_CHARACTERS: Final = 16 * 1024 * 1024
MOST_VALUES: Final = 2_000_000
MOST_ALIASES: Final = 100
DEEPEST: Final = 32

_FastLoader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def read_documents(text: str) -> tuple[Source, ...]:
    """Return the documents of a YAML stream, or the one of a JSON text, in their order.

    Documents without any content are left out. The time taken is linear in the length of `text`.

    Raises:
        Invalid: with every fault found, each with line and column. After a fault of syntax the
            rest of the text cannot be read.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MOST_CHARACTERS:
        message = f"the text has {len(text)} characters, more than {MOST_CHARACTERS}"
        raise Invalid(faults=[Fault("", message, "split it into several files", code="too-large")])
    if (wrong := _unreadable(text)) is not None:
        raise Invalid(faults=[wrong])
    reader = _Reader(text)
    try:
        sources = tuple(reader.documents())
    except yaml.MarkedYAMLError as error:
        reader.faults.append(_syntax_fault(error))
        sources = ()
    except yaml.YAMLError as error:
        reader.faults.append(Fault("", f"cannot be read: {error}", code="syntax"))
        sources = ()
    if not sources and not reader.faults:
        reader.faults.append(
            Fault("", "there is no document in it", line=1, column=1, code="empty")
        )
    if reader.faults:
        raise Invalid(faults=reader.faults)
    return sources


class _Reader:
    """Builds nodes from the parser's events; one instance reads one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.faults: list[Fault] = []
        self.aliases = 0
        self.events: Iterator[Any] = iter(())
        self.anchors: dict[str, Node] = {}

    def documents(self) -> Iterator[Source]:
        # libyaml refuses the pairs of escapes by which JSON writes an emoji; the slow loader does not.
        loader = yaml.SafeLoader if _SURROGATE.search(self.text) else _FastLoader
        self.events = yaml.parse(self.text, Loader=loader)
        for event in self.events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            self.anchors = {}
            root = self.node(next(self.events), 0)
            if root.value is None:
                continue
            if isinstance(root.value, dict):
                yield Source(root.value, root, self.text)
            else:
                hint = "begin with keys such as `kind:`; part documents with a line of ---"
                self.fault(root, "document", "a document must be a mapping of keys", hint)

    def node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self.repeated(event)
        if depth > DEEPEST:
            raise yaml.MarkedYAMLError(
                problem=f"nested deeper than {DEEPEST}", problem_mark=event.start_mark
            )
        if event.tag is not None and event.tag != "!":
            self.fault_at(event, "tag", f"the tag {event.tag} is not allowed", "leave it out")
        if isinstance(event, yaml.ScalarEvent):
            node = self.scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.sequence(event, depth)
        else:
            node = self.mapping(event, depth)
        if node.size > MOST_VALUES:
            problem = f"more than {MOST_VALUES} values"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def repeated(self, event: Any) -> Node:
        self.aliases += 1
        problem = ""
        if self.aliases > MOST_ALIASES:
            problem = f"more than {MOST_ALIASES} aliases"
        elif event.anchor not in self.anchors:
            problem = f"the alias *{event.anchor} has no anchor before it"
        if problem:
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        return self.anchors[event.anchor]

    def scalar(self, event: Any) -> Node:
        value: Any = event.value
        if not event.style and event.implicit[0]:
            try:
                value = plain_value(event.value)
            except ValueError as error:
                self.fault_at(event, "number", str(error), "")
        elif event.style == '"':
            value = self.joined(event)
        start, end = event.start_mark, event.end_mark
        style = event.style or ""
        return Node(value, start.line + 1, start.column + 1, start.index, end.index, style)

    def joined(self, event: Any) -> str:
        # JSON writes characters beyond the basic plane as two escapes, which belong together.
        value: str = event.value
        try:
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            self.fault_at(event, "text", "half of a surrogate pair is not a character", "")
            return ""

    def sequence(self, start: Any, depth: int) -> Node:
        children: dict[str, Node] = {}
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            children[str(len(children))] = self.node(event, depth + 1)
        return _collection([child.value for child in children.values()], start, children, {})

    def mapping(self, start: Any, depth: int) -> Node:
        children: dict[str, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            child = self.node(next(self.events), depth + 1)
            if not isinstance(key.value, str):
                shown = self.text[key.start : key.end][:40] or "an empty key"
                self.fault(key, "key", f"a key must be text, not {shown}", "put it in quotes")
            elif key.value in keys:
                first = keys[key.value][0]
                message = f"the key `{key.value}` is given twice, first in line {first}"
                self.fault(key, "duplicate-key", message, "leave one of them out")
            else:
                keys[key.value] = (key.line, key.column)
                children[key.value] = child
        values = {key: child.value for key, child in children.items()}
        return _collection(values, start, children, keys)

    def fault(self, node: Node, code: str, message: str, hint: str) -> None:
        self.faults.append(Fault("", message, hint, node.line, node.column, code))

    def fault_at(self, event: Any, code: str, message: str, hint: str) -> None:
        mark = event.start_mark
        self.faults.append(Fault("", message, hint, mark.line + 1, mark.column + 1, code))


def _collection(
    value: Any, start: Any, children: dict[str, Node], keys: dict[str, tuple[int, int]]
) -> Node:
    mark = start.start_mark
    size = 1 + sum(child.size for child in children.values())
    return Node(
        value, mark.line + 1, mark.column + 1, mark.index, mark.index, "", size, children, keys
    )


def _syntax_fault(error: yaml.MarkedYAMLError) -> Fault:
    mark = error.problem_mark or error.context_mark
    message = ", ".join(part for part in (error.problem, error.context) if part)
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
    return Fault("", message, "", line, column, "syntax")


def _unreadable(text: str) -> Fault | None:
    # The parser names neither line nor column for characters that YAML does not allow.
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found is None:
        return None
    before = text[: found.start()]
    line, column = before.count("\n") + 1, found.start() - (before.rfind("\n") + 1) + 1
    message = f"the character U+{ord(found[0]):04X} is not allowed in a document"
    return Fault("", message, "remove it", line, column, "character")
