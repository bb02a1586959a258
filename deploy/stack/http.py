"""Small JSON requests to servers of the stack."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.stack.errors import NotReady, StackError

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and what came with it: JSON read, other text as it is, None for nothing."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Api:
    """A server's HTTP interface.

    Attributes:
        base: ``http://`` or ``https://``, host and port.
        headers: sent with every request.
        ca_file: whom to trust, for ``https``.
    """

    base: str
    headers: Mapping[str, str] = field(default_factory=dict)
    ca_file: Path | None = None

    def ask(
        self, method: str, path: str, body: Any = None, *, kind: str = "application/json"
    ) -> Answer:
        """Return the answer, whatever its status.

        Raises:
            NotReady: nobody answers.
        """
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 our own loopback addresses
            self.base + path, data, {"Content-Type": kind, **self.headers}, method=method
        )
        tls = ssl.create_default_context(cafile=str(self.ca_file)) if self.ca_file else None
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=tls)
        )
        try:
            with opener.open(request, timeout=TIMEOUT_S) as answer:
                return Answer(answer.status, _read(answer.read()))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _read(error.read()))
        except (OSError, http.client.HTTPException) as error:
            raise NotReady(f"{self.base} does not answer: {error}") from None

    def do(
        self, method: str, path: str, body: Any = None, *, kind: str = "application/json"
    ) -> Any:
        """Return the body of a good answer.

        Raises:
            NotReady: nobody answers, or the server says that it cannot yet (5xx, 429).
            StackError: it refused.
        """
        answer = self.ask(method, path, body, kind=kind)
        if answer.status < http.client.MULTIPLE_CHOICES:
            return answer.body
        said = f"{method} {path}: {answer.status} {json.dumps(answer.body)[:300]}"
        if (
            answer.status >= http.client.INTERNAL_SERVER_ERROR
            or answer.status == http.client.TOO_MANY_REQUESTS
        ):
            raise NotReady(said)
        raise StackError(said)


def _read(raw: bytes) -> Any:
    text = raw.decode(errors="replace")
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
