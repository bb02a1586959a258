"""Names and other single values of gateway documents: which are allowed, and why others are not."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field, WithJsonSchema

from gateways.domain.characters import first_unfit, named
from vamp.documents.errors import refusal

LABEL_PATTERN: Final = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
HEADER_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,126}$"
LONGEST_TITLE: Final = 127
LONGEST_TEXT: Final = 1024

_LABEL: Final = re.compile(LABEL_PATTERN[1:-1], re.ASCII)
_NAME: Final = re.compile(NAME_PATTERN[1:-1], re.ASCII)
_HEADER: Final = re.compile(HEADER_PATTERN[1:-1], re.ASCII)


def _label(text: str) -> str:
    hint = "use lower-case letters, digits and -, at most 63, beginning and ending with no -"
    return _checked(_LABEL, "a DNS label", text, hint)


def _name(text: str) -> str:
    hint = "use letters, digits and . _ -, at most 63, beginning with a letter or digit"
    return _checked(_NAME, "a name", text, hint)


def _header(text: str) -> str:
    found = _checked(_HEADER, "the name of a header", text, "use letters, digits, - and _")
    if found.lower().startswith("x-vamp-"):
        hint = "choose a header of your own"
        raise refusal("name", "headers beginning with X-Vamp- are taken off requests", hint=hint)
    return found


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise refusal("text", f"has {len(text)} characters, more than {LONGEST_TEXT}")
    for offset, character in enumerate(text):
        if not character.isprintable():
            raise refusal("text", f"{named(character)} is not allowed", offset=offset)
    return text


def _title(text: str) -> str:
    if len(text) > LONGEST_TITLE:
        raise refusal("text", f"has {len(text)} characters, more than {LONGEST_TITLE}")
    return _text(text)


def _checked(pattern: re.Pattern[str], what: str, text: str, hint: str) -> str:
    offset = first_unfit(text)
    if offset is not None:
        message = f"{named(text[offset])} cannot stand in {what}"
        raise refusal("name", message, hint=hint, offset=offset)
    if not pattern.fullmatch(text):
        raise refusal("name", f'"{text[:80]}" is not {what}', hint=hint)
    return text


Label = Annotated[
    str, AfterValidator(_label), WithJsonSchema({"type": "string", "pattern": LABEL_PATTERN})
]
"""A DNS label: names of gateways."""

Name = Annotated[
    str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": NAME_PATTERN})
]
"""Names of routes, services, versions and policies."""

OptionalLabel = Annotated[
    str,
    AfterValidator(lambda text: text and _label(text)),
    WithJsonSchema({"type": "string", "pattern": f"^({LABEL_PATTERN[1:-1]})?$"}),
]
"""A DNS label, or an empty text for none."""

OptionalName = Annotated[
    str,
    AfterValidator(lambda text: text and _name(text)),
    WithJsonSchema({"type": "string", "pattern": f"^({NAME_PATTERN[1:-1]})?$"}),
]
"""A name, or an empty text for none."""

HeaderName = Annotated[
    str, AfterValidator(_header), WithJsonSchema({"type": "string", "pattern": HEADER_PATTERN})
]
"""Name of a request header, in any case."""

Text = Annotated[
    str,
    AfterValidator(_text),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_TEXT}),
]
"""Free text of one line that is shown to people and written into no configuration."""

Title = Annotated[
    str,
    AfterValidator(_title),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_TITLE}),
]
"""A short free text."""

Port = Annotated[int, Field(ge=1, le=65_535)]
"""A TCP port."""
