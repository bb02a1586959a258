"""A request as conditions see it, taken apart the way HAProxy takes it apart.

Bytes are kept as the characters of the same number (ISO 8859-1), so that a pattern's dot is one
byte here and there.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        method: as sent.
        host: the ``Host`` header in lower case, without its port.
        path: as sent, not percent-decoded, without the query.
        query: parameters as sent, not decoded, in their order; a name may come up repeatedly. One
            without ``=`` has no place in it: HAProxy does not see it.
        headers: names in lower case with their whole lines, in their order.
        cookies: name and value of each cookie, in their order.
        source: address that the connection came from.
    """

    method: str
    host: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()
    cookies: Pairs = ()
    source: str = "127.0.0.1"

    @classmethod
    def of(
        cls,
        method: str,
        target: str,
        headers: Iterable[tuple[str, str]] = (),
        source: str = "127.0.0.1",
    ) -> Request:
        """Take a request apart that was sent as `target` with `headers`."""
        lines = tuple((name.lower(), value.strip(" \t")) for name, value in headers)
        path, _, query = origin_form(target).partition("?")
        hosts = [value for name, value in lines if name == "host"]
        return cls(
            method=method,
            host=host_only(hosts[-1]) if hosts else "",
            path=path,
            query=query_parameters(query),
            headers=lines,
            cookies=tuple(
                cookie for name, value in lines if name == "cookie" for cookie in cookies_of(value)
            ),
            source=str(ipaddress.ip_address(source)),
        )


def origin_form(target: str) -> str:
    """Return path and query of a request target; of ``*`` and the like, nothing."""
    if target.startswith("/"):
        return target
    _, scheme, rest = target.partition("://")
    _, slash, path = rest.partition("/")
    return slash + path if scheme else ""


def host_only(header: str) -> str:
    """Return the host of a ``Host`` header: lower case, without what follows the last colon.

    A colon inside the brackets of an IPv6 address is none of those.
    """
    host, colon, after = header.lower().rpartition(":")
    return host if colon and "]" not in after else header.lower()


def query_parameters(query: str) -> Pairs:
    """Return the parameters of a query string; ``&``, ``;`` and a further ``?`` part them."""
    parts = (part.partition("=") for part in re.split(r"[&;?]", query))
    return tuple((name, value) for name, equals, value in parts if equals)


def cookies_of(line: str) -> Pairs:
    """Return the cookies of one ``Cookie`` line, as HAProxy 2.6 reads it (seen by experiment).

    Commas and semicolons part cookies, unless they are in double quotes, which remain part of the
    value. A cookie without a value that ends its list is not seen, unless blanks surround it.
    """
    cookies: list[tuple[str, str]] = []
    for piece in _split(line, ","):
        parts = _split(piece.strip(" \t"), ";")
        for position, part in enumerate(parts, 1):
            name, equals, value = part.partition("=")
            is_last = position == len(parts)
            if not equals or (is_last and not value and name == name.strip(" \t")):
                continue
            cookies.append((name.strip(" \t"), value.strip(" \t")))
    return tuple(cookies)


def _split(text: str, separator: str) -> list[str]:
    parts, start, quoted, escaped = [], 0, False, False
    for index, char in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == separator and not quoted:
            parts.append(text[start:index])
            start = index + 1
    parts.append(text[start:])
    return parts
