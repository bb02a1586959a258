"""The agent API as a client sees it: JSON over one kept-open connection, with the agent's token."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from typing import Any
from urllib.parse import urlsplit

from vamp.ports.errors import PortRefused, PortUnavailable

_REFUSALS = frozenset({400, 409, 413, 415, 422})
"""Answers that the same request would get again; others (401, 404, 429, 5xx) may be mended there."""


class AgentApi:
    """Calls one agent's own part of the API. A thread of its own each; safe between threads."""

    def __init__(
        self, base_url: str, token: str, *, organisation: str, environment: str, agent: str
    ) -> None:
        """Prepare calls to ``<base_url>/api/v1/organisations/…/agents/<agent>/…``."""
        parts = urlsplit(base_url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._path = (
            f"{parts.path.rstrip('/')}/api/v1/organisations/{organisation}"
            f"/environments/{environment}/agents/{agent}/"
        )
        self._headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
        self._connection: http.client.HTTPConnection | None = None
        self._lock = threading.Lock()

    def post(self, what: str, body: dict[str, Any], *, timeout_s: float = 5.0) -> dict[str, Any]:
        """Post `body` to ``…/<what>`` and return the answer's JSON object, empty for 204.

        Raises:
            PortUnavailable: no answer, or one that says to try again later.
            PortRefused: the same request would be refused again.
        """
        text = json.dumps(body, separators=(",", ":")).encode()
        with self._lock:
            try:
                status, answer = self._exchange(what, text, timeout_s)
            except (OSError, http.client.HTTPException) as error:
                self._close()
                raise PortUnavailable(f"the API does not answer: {error}") from error
        if status in _REFUSALS:
            raise PortRefused(f"the API refused {what}: {status} {answer[:300]!r}")
        if not 200 <= status < 300:
            raise PortUnavailable(f"the API answered {status}")
        try:
            found = json.loads(answer) if answer.strip() else {}
        except ValueError as error:
            raise PortUnavailable("the API's answer is not JSON") from error
        return found if isinstance(found, dict) else {}

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        with self._lock:
            self._close()

    def _exchange(self, what: str, text: bytes, timeout_s: float) -> tuple[int, bytes]:
        """Send once on the kept connection, and once more on a new one if it had gone stale."""
        if self._connection is not None:
            self._connection.timeout = timeout_s
            try:
                if self._connection.sock is not None:
                    self._connection.sock.settimeout(timeout_s)
                return self._send(self._connection, what, text)
            except TimeoutError:
                raise  # not stale but slow, and the caller's time is up
            except (OSError, http.client.HTTPException):
                self._close()
        self._connection = self._connect(timeout_s)
        return self._send(self._connection, what, text)

    def _send(
        self, connection: http.client.HTTPConnection, what: str, text: bytes
    ) -> tuple[int, bytes]:
        connection.request("POST", self._path + what, body=text, headers=self._headers)
        with connection.getresponse() as answer:
            return answer.status, answer.read()

    def _connect(self, timeout_s: float) -> http.client.HTTPConnection:
        if self._secure:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=timeout_s, context=context
            )
        return http.client.HTTPConnection(self._host, self._port, timeout=timeout_s)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
