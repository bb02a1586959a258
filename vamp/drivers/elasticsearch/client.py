"""Clients of Elasticsearch: one for each process and URL, and its errors as the port's."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid
from vamp.ports.errors import PortRefused, PortUnavailable

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

REQUEST_S = 10.0
"""A question that takes longer counts as unanswered; writes take longer, see `bulk`."""

CONNECTIONS = 10
"""Kept open for each client, shared by the threads."""

_DEFAULT_PORT = 9200
_OPTIONS = frozenset({"tls", "ca", "api_key"})
_AGAIN = frozenset({404, 408, 413, 429})

_Key: TypeAlias = tuple[int, str, str, str, tuple[tuple[str, str], ...]]

_clients: dict[_Key, Elasticsearch] = {}
_lock = threading.Lock()


def client_of(dsn: Dsn) -> Elasticsearch:
    """Return this process's client for ``elasticsearch://[user:password@]host:port/…``.

    Made at the first call in each process, so that children of a fork share no connection with
    their parent. Safe between threads. Cost: the first call imports the client library, about 1 s.
    """
    options = tuple(sorted(dsn.options.items()))
    key = (os.getpid(), f"{dsn.host}:{dsn.port}", dsn.username, dsn.secret, options)
    found = _clients.get(key)
    if found is not None:
        return found
    with _lock:
        if key not in _clients:
            for other in [each for each in _clients if each[0] != key[0]]:
                del _clients[other]  # the parent's; its connections are not ours to use
            _clients[key] = _open(dsn)
        return _clients[key]


def check(dsn: Dsn) -> None:
    """Refuse a URL that no client could be made of. Imports nothing, asks nothing.

    Raises:
        Invalid: see above; the secrets are not repeated.
    """
    faults = []
    if not dsn.host:
        faults.append(Fault("", "no host", "elasticsearch://[user:password@]host:port/prefix"))
    if unknown := dsn.options.keys() - _OPTIONS:
        hint = "there are tls=off, ca=/path and api_key="
        faults.append(Fault("", f"unknown option {', '.join(sorted(unknown))}", hint))
    if dsn.options.get("tls", "on") not in {"on", "off"}:
        faults.append(Fault("", "tls is neither on nor off"))
    if dsn.username and "api_key" in dsn.options:
        faults.append(Fault("", "both a user and an api_key", "give one of the two"))
    if faults:
        raise Invalid(faults=faults)


def _open(dsn: Dsn) -> Elasticsearch:
    from elasticsearch import Elasticsearch

    _quieten()
    is_secure = dsn.options.get("tls", "on") == "on"
    more: dict[str, Any] = {}
    if dsn.username:
        more["basic_auth"] = (dsn.username, dsn.secret)
    elif key := dsn.options.get("api_key"):
        more["api_key"] = key
    if is_secure and (ca := dsn.options.get("ca")):
        if not Path(ca).is_file():
            raise PortRefused(f"Elasticsearch's certificate authority: there is no file {ca}")
        more["ca_certs"] = ca
    host = f"[{dsn.host}]" if ":" in dsn.host else dsn.host
    try:
        return Elasticsearch(
            f"{'https' if is_secure else 'http'}://{host}:{dsn.port or _DEFAULT_PORT}",
            request_timeout=REQUEST_S,
            connections_per_node=CONNECTIONS,
            # Once more over another connection: a kept one may be found closed.
            max_retries=1,
            retry_on_timeout=False,
            retry_on_status=(),
            **more,
        )
    except (OSError, ValueError) as error:
        raise PortRefused(f"Elasticsearch's URL or certificate cannot be used: {error}") from error


def _quieten() -> None:
    """Leave out the library's line for each request; what fails is told by our own errors."""
    logger = logging.getLogger("elastic_transport")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.ERROR)


@contextmanager
def port_errors() -> Iterator[None]:
    """Turn what the client raises into the port's errors, with Elasticsearch's own reason."""
    from elasticsearch import ApiError, TransportError, UnsupportedProductError

    try:
        yield
    except UnsupportedProductError as error:
        raise PortRefused(
            "what answers is not Elasticsearch (no X-Elastic-Product header); check the URL"
        ) from error
    except ApiError as error:
        raise refusal(error.meta.status, reason_of(error.body)) from error
    except TransportError as error:
        raise PortUnavailable(f"Elasticsearch does not answer: {_brief(error)}") from error


def refusal(status: int, reason: str) -> PortUnavailable | PortRefused:
    """Return the port's error for an answer of `status`. Pure.

    404 is an index that went or is not there yet, 413 a limit that `bulk` reacts to.
    """
    if status >= 500 or status in _AGAIN:
        return PortUnavailable(f"Elasticsearch answered {status}: {reason}")
    if status in {401, 403}:
        return PortRefused(f"Elasticsearch refuses the credentials ({status}): {reason}")
    return PortRefused(f"Elasticsearch refused the request ({status}): {reason}")


def reason_of(body: Any) -> str:
    """Return the reason in an answer's ``error``, as one short sentence. Pure."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return str(error)[:300]
    causes = error.get("root_cause") or [error]
    cause = causes[0] if isinstance(causes[0], dict) else error
    parts = [
        str(found) for key in ("type", "reason") if (found := cause.get(key) or error.get(key))
    ]
    if isinstance(below := error.get("caused_by"), dict) and below.get("reason"):
        parts.append(str(below["reason"]))
    return ": ".join(parts)[:300] or "no reason given"


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:300]
