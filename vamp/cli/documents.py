"""Documents in files, folders, addresses and standard input, each value known by line and column."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vamp.cli.failure import Exit, Failure, FaultLine, misused
from vamp.cli.problems import Place
from vamp.cli.surroundings import Surroundings

if TYPE_CHECKING:
    from vamp.documents.source import Source

SUFFIXES: Final = (".yaml", ".yml", ".json")
FETCH_S: Final = 15.0
MOST_BYTES: Final = 16 * 1024 * 1024
_UNKNOWN_KEY: Final = "unknown-key"


@dataclass(frozen=True, slots=True)
class Document:
    """One document, and where it was read.

    Attributes:
        value: the mapping that it is.
        file: as it was named; ``-`` for standard input.
        source: the text with its places; None for what was made here.
        prefix: pointer of the document inside the source; empty where it is all of it.
        lines_before: lines that were put before the text so that it could be read.
    """

    value: dict[str, Any]
    file: str = ""
    source: Source | None = None
    prefix: str = ""
    lines_before: int = 0

    @property
    def kind(self) -> str:
        """What it says it is; ``ReleasePolicy`` for policies of earlier products, which say nothing."""
        named = self.value.get("kind")
        return "ReleasePolicy" if named is None and "steps" in self.value else str(named or "")

    @property
    def is_historic(self) -> bool:
        """True for a policy in one of the formats of earlier products."""
        return "kind" not in self.value and "steps" in self.value

    @property
    def name(self) -> str:
        """Its name; for a policy without one that of its file, as earlier Forklifts took it."""
        named = self.value.get("name") or self.value.get("login")
        if not named and self.is_historic and self.file not in ("", "-"):
            return Path(self.file).stem
        return str(named or "")

    def place(self, pointer: str, code: str = "") -> Place:
        """Return pointer, file, line and column of the value at `pointer`; see `problems.Locate`."""
        if self.source is None:
            return pointer, self.file, None, None
        inside = self.prefix + pointer
        wants_key = code == _UNKNOWN_KEY
        found = self.source.key_place(inside) if wants_key else self.source.place(inside)
        if found is None:
            return pointer, self.file, None, None
        return pointer, self.file, found[0] - self.lines_before, found[1]

    def fault(self, pointer: str, message: str, hint: str = "", code: str = "") -> FaultLine:
        """Return a fault of this document at its place."""
        _, file, line, column = self.place(pointer, code)
        return FaultLine(pointer, message, hint, file, line, column, code)


def read_all(names: Sequence[str], around: Surroundings, *, form: str = "") -> Sequence[Document]:
    """Return the documents of all of `names`, in their order.

    Args:
        names: files, folders (every ``.yaml``, ``.yml`` and ``.json`` below them, by name), ``-``
            for standard input, or addresses that begin with ``http``.
        around: for standard input.
        form: ``yaml`` or ``json``, where that must be so; empty takes either.

    Raises:
        Failure: with the faults of every file that cannot be read.
    """
    found: list[Document] = []
    faults: list[FaultLine] = []
    for file, text in _texts(names, around):
        try:
            found += read_text(text, file, form=form)
        except Failure as failure:
            faults += failure.faults
    if faults:
        raise Failure("what the files say cannot be read", Exit.USAGE, faults=faults)
    if not found:
        raise misused("there is no document in " + ", ".join(names))
    return found


def read_one(name: str, around: Surroundings, *, form: str = "") -> Document:
    """Return the one document of a file, an address, or standard input.

    Raises:
        Failure: it cannot be read, or holds several.
    """
    found = read_all([name], around, form=form)
    if len(found) > 1:
        message = f"one document expected, found {len(found)}; `apply -f` takes several"
        raise misused(f"{name}: {message}", found[1].fault("", "this is the second"))
    return found[0]


def read_text(text: str, file: str, *, form: str = "") -> Sequence[Document]:
    """Return the documents of a YAML or JSON text.

    Raises:
        Failure: with every fault at line and column.
    """
    # The strict reader brings the whole vocabulary of documents along; few commands read files.
    from vamp.documents.yaml import read_documents
    from vamp.errors import Invalid

    text = text.removeprefix("\ufeff")
    is_json = text.lstrip().startswith(("{", "["))
    if form == "json" and not is_json:
        raise _unread(file, FaultLine("", "this is no JSON", "leave out -i json", file, 1, 1))
    if is_json:
        _refuse_bad_json(text, file)
        text = text.replace("\t", " ")  # YAML would not have them; inside texts JSON has none
    is_list = text.lstrip().startswith("[")
    # A list of documents is read as a mapping around it, one line further down.
    wrapped = f'{{"list":\n{text}\n}}' if is_list else text
    try:
        sources = read_documents(wrapped)
    except Invalid as error:
        faults = [
            FaultLine(
                fault.pointer, fault.message, fault.hint, file,
                fault.line - is_list if fault.line else None, fault.column, fault.code,
            )
            for fault in error.faults
        ]  # fmt: skip
        raise _unread(file, *faults) from None
    if is_list:
        return list(_items(sources[0], file))
    return [Document(source.value, file, source) for source in sources]


def _items(source: Source, file: str) -> Iterator[Document]:
    for index, value in enumerate(source.value["list"]):
        document = Document(value, file, source, f"/list/{index}", 1)
        if not isinstance(value, dict):
            raise _unread(file, document.fault("", "a document must be a mapping of keys"))
        yield document


def _refuse_bad_json(text: str, file: str) -> None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        fault = FaultLine("", error.msg, "", file, error.lineno, error.colno, "syntax")
        # YAML's mappings in braces begin alike, and are read as such.
        if file.endswith(".json"):
            raise _unread(file, fault) from None
    except RecursionError:
        raise _unread(file, FaultLine("", "nested too deeply", file=file)) from None


def _unread(file: str, *faults: FaultLine) -> Failure:
    return Failure(f"{file} cannot be read", Exit.USAGE, faults=faults)


def _texts(names: Sequence[str], around: Surroundings) -> Iterator[tuple[str, str]]:
    for name in names:
        if name == "-":
            yield "-", around.stdin.read()
        elif name.startswith(("http://", "https://")):
            yield name, _fetched(name, around)
        else:
            for path in _files(Path(name)):
                yield str(path), _text_of(path)


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    found = [each for each in sorted(path.rglob("*")) if each.suffix in SUFFIXES and each.is_file()]
    return [
        each
        for each in found
        if not any(part.startswith(".") for part in each.parts[len(path.parts) :])
    ]


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise misused(f"{path} has more than {MOST_BYTES} bytes; split it")
        return path.read_text()
    except OSError as error:
        raise misused(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise misused(f"{path} cannot be read: byte {error.start} is not UTF-8") from None


def _fetched(url: str, around: Surroundings) -> str:
    """Fetch a document from an address, without the token: it is not the installation's."""
    import requests

    with requests.Session() as http:
        if around.adapter is not None:
            http.mount("http://", around.adapter)
            http.mount("https://", around.adapter)
        try:
            found = http.get(url, timeout=FETCH_S)
        except requests.RequestException as error:
            reason = type(error).__name__
            raise Failure(f"{url} cannot be fetched: {reason}", Exit.UNREACHABLE) from None
    if found.status_code != 200:
        raise misused(f"{url} cannot be fetched: it answers {found.status_code}")
    found.encoding = "utf-8"
    return found.text
