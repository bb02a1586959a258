"""The small values of a policy document: names, metrics, operators, addresses, headers."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema

from policies.domain.metric import METRICS
from policies.domain.policy import Operator
from vamp.documents.errors import refusal
from vamp.documents.known_keys import nearest

_DNS_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9 ._%-]{0,61}[A-Za-z0-9%])?", re.ASCII)
_METHODS: Final = ("POST", "PUT", "PATCH", "GET")
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,127}", re.ASCII)

_OPERATORS: Final = {
    **{operator.value: operator for operator in Operator},
    "ge": Operator.AT_LEAST,
    "le": Operator.AT_MOST,
    "gt": Operator.ABOVE,
    "lt": Operator.BELOW,
    "eq": Operator.EXACTLY,
}


def _dns_label(text: str) -> str:
    if _DNS_LABEL.fullmatch(text):
        return text
    hint = "use 1 to 63 lower-case letters, digits and hyphens, no hyphen at either end"
    raise refusal("name", f"{text!r} is not a name", hint=hint)


def _label(text: str) -> str:
    if _LABEL.fullmatch(text):
        return text
    hint = "use 1 to 63 letters, digits, spaces and . _ % -, with a letter or digit at both ends"
    raise refusal("name", f"{text!r} is not a name", hint=hint)


def _metric(name: str) -> str:
    if name in METRICS:
        return name
    close = nearest(name, METRICS)
    known = "known metrics: " + ", ".join(METRICS)
    hint = f"did you mean {close}? {known}" if close else known
    raise refusal("unknown-metric", f"there is no metric {name!r}", hint=hint)


def _operator(value: Any) -> Operator:
    if isinstance(value, str) and value in _OPERATORS:
        return _OPERATORS[value]
    raise refusal("operator", "not an operator", hint="use one of " + ", ".join(_OPERATORS))


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        raise refusal("url", "not a URL") from None
    # A URL with a space or a control character could end the request line that it goes into.
    if re.search(r"[\x00-\x20\x7f]", text) or not has_port or not parts.hostname:
        raise refusal("url", "not a URL", hint="write it like https://ci.example.com/hook")
    if parts.scheme not in ("http", "https"):
        raise refusal("url", "hooks are called over http or https only")
    if parts.username is not None or parts.password is not None:
        raise refusal("url", "a URL may not hold a password", hint="send it in a header")
    return text


def _method(text: str) -> str:
    if text.upper() in _METHODS:
        return text.upper()
    raise refusal("method", f"{text!r} is not a method", hint="use one of " + ", ".join(_METHODS))


def _header_name(text: str) -> str:
    if _HEADER_NAME.fullmatch(text):
        return text
    raise refusal("header", f"{text!r} is not the name of a header")


def _header_value(text: str) -> str:
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", text) or not text.isascii():
        raise refusal("header", "a header's value is plain text on one line")
    return text


PolicyName = Annotated[str, AfterValidator(_dns_label)]
Label = Annotated[str, AfterValidator(_label)]
MetricName = Annotated[
    str, AfterValidator(_metric), WithJsonSchema({"type": "string", "enum": list(METRICS)})
]
OperatorName = Annotated[
    Operator,
    BeforeValidator(_operator),
    WithJsonSchema({"type": "string", "enum": list(_OPERATORS)}),
]
HookUrl = Annotated[str, StringConstraints(max_length=2048), AfterValidator(_url)]
HookMethod = Annotated[
    str, AfterValidator(_method), WithJsonSchema({"type": "string", "enum": list(_METHODS)})
]
HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[str, StringConstraints(max_length=4096), AfterValidator(_header_value)]
