"""Connection URLs: one string names a driver and its settings, and never shows its secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from vamp.errors import Fault, Invalid


@dataclass(frozen=True, slots=True)
class Dsn:
    """A parsed connection URL, ``scheme://user:secret@host:port/path?option=value``.

    The secret shows neither in ``repr`` nor in ``str``, so that a DSN may stand in an error or a
    log line. ``file:///var/lib/vamp`` and ``db:`` (nothing after the colon) are both valid.

    Attributes:
        scheme: lower case, chooses the driver.
        host: host name or address, empty where the URL has none.
        port: 1–65535, or None.
        path: with its leading slash, percent-decoded; for ``local:relative/path`` without one.
        username: empty where the URL has none.
        secret: password or token; never stored in SQL.
        options: the query string; of a repeated option the last one counts.
    """

    scheme: str
    host: str = ""
    port: int | None = None
    path: str = ""
    username: str = ""
    secret: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, url: str) -> Dsn:
        """Take `url` apart.

        Raises:
            Invalid: it has no scheme, or its port is not a number from 1 to 65535. The message
                does not repeat the URL, which may hold a secret.
        """
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError:
            # Python's own message repeats what it took for the port: part of a secret with a slash.
            raise Invalid(
                faults=[
                    Fault(
                        "",
                        "not a connection URL: its host or its port is malformed",
                        "ports are 1 to 65535; percent-encode / ? # @ : [ ] in a password",
                    )
                ]
            ) from None
        if not parts.scheme:
            raise Invalid(faults=[Fault("", "not a connection URL: it has no scheme")])
        return cls(
            scheme=parts.scheme,
            host=parts.hostname or "",
            port=port,
            path=unquote(parts.path),
            username=unquote(parts.username or ""),
            secret=unquote(parts.password or ""),
            options=dict(parse_qsl(parts.query, keep_blank_values=True)),
        )

    def __str__(self) -> str:
        """Return the URL with its secret blanked and its options left out."""
        user = f"{self.username}:***@" if self.secret else f"{self.username}@"
        host = f"[{self.host}]" if ":" in self.host else self.host
        place = (user if self.username or self.secret else "") + host
        if self.port is not None:
            place += f":{self.port}"
        slashes = "//" if place or self.path.startswith("/") else ""
        return f"{self.scheme}:{slashes}{place}{self.path}"
