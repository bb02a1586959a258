"""Reading request bodies: JSON and YAML, both strictly, both as documents with their places."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import IO, Any, Final, NoReturn

from rest_framework.parsers import BaseParser

from vamp.documents.source import Source
from vamp.documents.yaml import read_documents
from vamp.errors import Fault, Invalid

MOST_BYTES: Final = 4 * 1024 * 1024
"""What a body may have where its view says nothing else (`View.max_body_bytes`)."""


class TooLarge(Invalid):
    """The body has more bytes than this address takes. Send it in parts."""

    status = 413
    code = "too-large"
    title = "The request is too large"


class DocumentsParser(BaseParser, ABC):
    """Base of the parsers: bounded, UTF-8, and a tuple of `Source` in the end."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the documents of the body, a tuple of `Source`.

        Raises:
            TooLarge: the body has more bytes than the view takes.
            Invalid: it cannot be read; with places where it is YAML.
        """
        view = (parser_context or {}).get("view")
        raw = read_bounded(stream, getattr(view, "max_body_bytes", MOST_BYTES))
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            message = f"byte {error.start} is not UTF-8"
            raise Invalid(faults=[Fault("", message, code="encoding")]) from None
        return self.documents(text)

    @abstractmethod
    def documents(self, text: str) -> tuple[Source, ...]:
        """Return the documents of `text`."""


class JsonParser(DocumentsParser):
    """``application/json``: one object, or a list of objects for several documents."""

    media_type = "application/json"

    def documents(self, text: str) -> tuple[Source, ...]:
        """See `DocumentsParser`. A key given twice and ``NaN`` are faults."""
        try:
            value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse_constant)
        except json.JSONDecodeError as error:
            fault = Fault("", error.msg, line=error.lineno, column=error.colno, code="syntax")
            raise Invalid(faults=[fault]) from None
        except RecursionError:
            message = "nested too deeply"
            raise Invalid(faults=[Fault("", message, code="syntax")]) from None
        items: Sequence[Any] = value if isinstance(value, list) else [value]
        faults = [
            Fault(f"/{index}" if isinstance(value, list) else "", "must be an object")
            for index, item in enumerate(items)
            if not isinstance(item, dict)
        ]
        if faults:
            raise Invalid(faults=faults)
        return tuple(Source.of(item) for item in items)


class MergePatchParser(JsonParser):
    """``application/merge-patch+json`` (RFC 7396)."""

    media_type = "application/merge-patch+json"


class YamlParser(DocumentsParser):
    """``application/yaml``: any number of documents, read by the strict loader."""

    media_type = "application/yaml"

    def documents(self, text: str) -> tuple[Source, ...]:
        """See `DocumentsParser`."""
        return read_documents(text)


def read_bounded(stream: IO[bytes], most_bytes: int) -> bytes:
    """Return all of `stream`, reading no more than one byte over the limit.

    Raises:
        TooLarge: there are more than `most_bytes`.
    """
    raw = stream.read(most_bytes + 1)
    if len(raw) > most_bytes:
        message = f"the body has more than {most_bytes} bytes"
        raise TooLarge(faults=[Fault("", message, "send it in parts", code="too-large")])
    return raw


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = sorted({key for key, _ in pairs if key in seen or seen.add(key)})  # type: ignore[func-returns-value]
        message = f"given twice in one object: {', '.join(twice)}"
        raise Invalid(faults=[Fault("", message, "leave one of them out", code="duplicate-key")])
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise Invalid(faults=[Fault("", f"{name} is no JSON number", code="number")])
