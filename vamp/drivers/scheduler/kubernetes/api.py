"""Requests to an API server: JSON in, JSON out, and its answers as the port's errors."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import urllib3
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, MaxRetryError, SSLError
from urllib3.response import BaseHTTPResponse

from vamp.drivers.scheduler.kubernetes.resources import Resource
from vamp.ports.errors import PortError, PortRefused, PortUnavailable, RevisionConflict

Json = dict[str, Any]

PAGE: Final = 1000
"""Objects a request. Pods are 2 to 5 kB each."""

_TIMEOUT: Final = urllib3.Timeout(connect=3.0, read=30.0)
_BRIEF: Final = urllib3.Timeout(connect=2.0, read=3.0)
_SILENCE_S: Final = 100.0
"""A watch that brings not even a bookmark (about one a minute) for so long is dead."""

_ATTEMPTS_TO_LIST: Final = 3
_ONCE_MORE: Final = urllib3.Retry(
    total=1, connect=0, read=1, redirect=0, status=0, other=0, allowed_methods=frozenset({"GET"})
)
"""A kept connection that the server closed meanwhile is found out by using it."""

_KEEP_ALIVE: Final = [
    *HTTPConnection.default_socket_options,
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
]
"""A silent watch whose peer is gone without a word is noticed within 30 s."""

_VERBS: Final = {"GET": "get", "POST": "create", "PATCH": "patch", "DELETE": "delete", "PUT": "update"}  # fmt: skip


class Absent(PortRefused):
    """The object is not there."""


class Expired(PortUnavailable):
    """The resourceVersion, or the list's continuation, is too old. List anew."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Every object of a kind at one moment.

    Attributes:
        items: as the API server gives them.
        version: resourceVersion to watch from.
    """

    items: list[Json]
    version: str


class KubernetesApi:
    """One API server. Safe between threads; connections are kept and shared.

    Every method raises `PortUnavailable` (no answer, 429, 5xx), `PortRefused` (401, 403, 400, 422;
    `Absent` for 404), `RevisionConflict` (409) or `Expired` (410).

    Args:
        address: ``https://host:port``.
        token: gives the bearer token, empty for none.
        tls: None for plain HTTP.
    """

    def __init__(
        self, address: str, *, token: Callable[[], str], tls: ssl.SSLContext | None
    ) -> None:
        self.address = address
        self._token = token
        self._pool = urllib3.PoolManager(
            num_pools=2,
            maxsize=8,
            timeout=_TIMEOUT,
            retries=_ONCE_MORE,
            socket_options=_KEEP_ALIVE,
            ssl_context=tls,
        )

    def get(self, resource: Resource, namespace: str, name: str, sub: str = "") -> Json:
        """Return one object."""
        return _object(self._ask("GET", resource, namespace, name, sub))

    def version(self) -> str:
        """Return what the API server says that it is, such as ``v1.34.4``; anybody may ask."""
        try:
            answer = self._pool.request("GET", f"{self.address}/version", timeout=_BRIEF)
        except HTTPError as error:
            raise self.unreachable(error) from error
        if answer.status in {401, 403}:
            return ""  # an API server that tells strangers nothing
        return str(_object(answer).get("gitVersion", ""))

    def text(
        self, resource: Resource, namespace: str, name: str, sub: str, query: Mapping[str, str]
    ) -> str:
        """Return a subresource that is no JSON, such as a log."""
        answer = self._ask("GET", resource, namespace, name, sub, query=query)
        return answer.data.decode(errors="replace")

    def list(
        self, resource: Resource, namespace: str, query: Mapping[str, str] | None = None
    ) -> Listing:
        """Return all objects as of one resourceVersion, page by page.

        A continuation that ran out midway begins anew.
        """
        for _ in range(_ATTEMPTS_TO_LIST - 1):
            try:
                return self._list(resource, namespace, query or {})
            except Expired:
                continue
        return self._list(resource, namespace, query or {})

    def create(
        self, resource: Resource, namespace: str, body: Json, *, name: str = "", sub: str = ""
    ) -> Json:
        """Make an object; with `name` and `sub`, what a subresource makes, such as a token."""
        return _object(self._ask("POST", resource, namespace, name, sub, body=body))

    def patch(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        body: Json,
        sub: str = "",
        *,
        kind: str = "merge",
    ) -> Json:
        """Merge `body` into an object.

        Args:
            resource: its kind.
            namespace: where it lies.
            name: its name.
            body: what changes.
            sub: subresource.
            kind: ``merge`` (RFC 7386, lists are replaced) or ``strategic-merge``.
        """
        answer = self._ask(
            "PATCH", resource, namespace, name, sub, body=body, content=f"{kind}-patch+json"
        )
        return _object(answer)

    def delete(self, resource: Resource, namespace: str, name: str, body: Json) -> None:
        """Ask for an object's end; `body` is a DeleteOptions."""
        self._ask("DELETE", resource, namespace, name, body=body)

    def watch(
        self, resource: Resource, namespace: str, version: str, query: Mapping[str, str]
    ) -> BaseHTTPResponse:
        """Open the stream of what changes after `version`; the caller reads and shuts it down."""
        asked = {
            **query,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
        }
        return self._ask("GET", resource, namespace, query=asked, is_stream=True)

    def _list(self, resource: Resource, namespace: str, query: Mapping[str, str]) -> Listing:
        items: list[Json] = []
        more = ""
        while True:
            asked = {**query, "limit": str(PAGE), **({"continue": more} if more else {})}
            page = _object(self._ask("GET", resource, namespace, query=asked))
            items += page.get("items") or []
            more = page["metadata"].get("continue", "")
            if not more:
                return Listing(items, page["metadata"]["resourceVersion"])

    def _ask(
        self,
        method: str,
        resource: Resource,
        namespace: str,
        name: str = "",
        sub: str = "",
        *,
        query: Mapping[str, str] | None = None,
        body: Json | None = None,
        content: str = "json",
        is_stream: bool = False,
    ) -> BaseHTTPResponse:
        headers = {"Accept": "application/json, */*"}
        if token := self._token():
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = f"application/{content}"
        timeout = urllib3.Timeout(connect=3.0, read=_SILENCE_S) if is_stream else _TIMEOUT
        try:
            answer = self._pool.request(
                method,
                self.address + resource.path(namespace, name, sub),
                fields=dict(query) if query else None,
                body=None if body is None else json.dumps(body).encode(),
                headers=headers,
                preload_content=not is_stream,
                timeout=timeout,
            )
        except HTTPError as error:
            raise self.unreachable(error) from error
        if answer.status < 300:
            return answer
        status, data = answer.status, answer.data
        answer.release_conn()
        right = _VERBS[method] if name or method != "GET" else "watch" if is_stream else "list"
        raise error_of(status, data, f"{right} {_named(resource, sub)}", namespace)

    def unreachable(self, error: Exception) -> PortError:
        """Return the port's error for a request that got no answer."""
        cause = error.reason if isinstance(error, MaxRetryError) else error
        if isinstance(cause, SSLError):
            return PortRefused(
                f"Kubernetes at {self.address} shows a certificate that is not believed:"
                " check the CA among the scheduler's credentials, and the host name"
            )
        return PortUnavailable(
            f"Kubernetes at {self.address} does not answer ({type(cause).__name__});"
            " it is asked again"
        )


def error_of(status: int, body: bytes, right: str, namespace: str) -> PortError:
    """Return the port's error for an answer of the API server.

    Args:
        status: of HTTP, or the ``code`` of an ``ERROR`` event.
        body: a Status object, or anything.
        right: what was asked for, as a role names it: ``list pods``.
        namespace: where; empty for the cluster.
    """
    place = f"in namespace {namespace}" if namespace else "in the cluster"
    said = _message(body)
    if status == 401:
        return PortRefused(
            "Kubernetes does not accept the credentials: the token ended or was revoked, or none"
            " is stored; store a new one for the scheduler"
        )
    if status == 403:
        return PortRefused(
            f"Kubernetes does not allow to {right} {place}: give the service account the right"
            f" {right!r} (deploy/kubernetes/rbac.yaml lists all that are needed)"
        )
    if status == 404:
        return Absent(f"Kubernetes has nothing there to {right} {place}: {said}")
    if status == 409:
        return RevisionConflict(f"Kubernetes: {said}")
    if status == 410:
        return Expired(f"Kubernetes: too old to {right} {place}: {said}")
    if status == 429 or status >= 500:
        return PortUnavailable(
            f"Kubernetes cannot {right} {place} now ({status}): {said}; it is asked again"
        )
    return PortRefused(f"Kubernetes refuses to {right} {place} ({status}): {said}")


def _object(answer: BaseHTTPResponse) -> Json:
    try:
        read = json.loads(answer.data)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise PortUnavailable("what answers at the address of Kubernetes is no API server")
    return read


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])[:500]
    except (ValueError, TypeError, KeyError):
        return body[:200].decode(errors="replace").strip() or "no reason given"


def _named(resource: Resource, sub: str) -> str:
    return f"{resource.plural}/{sub}" + (f".{resource.group}" if resource.group else "") if sub else str(resource)  # fmt: skip
