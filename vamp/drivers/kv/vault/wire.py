"""How requests travel: over kept connections, without proxies, cookies or gzip."""

from __future__ import annotations

import http.client
import select
import ssl
import weakref
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from vamp.drivers.kv.vault.address import Address
from vamp.errors import Fault, Invalid
from vamp.ports.errors import PortUnavailable

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 1.0, 5.0

_KEPT = 32
_REDIRECTS = (307, 308)
_MOST_HOPS = 3


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came.

    Attributes:
        status: HTTP status.
        content: body, undecoded.
        location: where a standby sends us, or empty.
    """

    status: int
    content: bytes
    location: str = ""


class Wire:
    """Kept connections to one Vault, and to the active node where a standby names it.

    Safe between threads: each request has a connection to itself.

    Args:
        address: which server, and how to trust it.

    Raises:
        Invalid: a file of the TLS options cannot be used.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._trust = _trust(address)
        self._idle: dict[str, deque[http.client.HTTPConnection]] = {}
        weakref.finalize(self, _close, self._idle)

    def exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        """Send a request and return the answer, of whatever status.

        Raises:
            PortUnavailable: there was none. Whether the request was worked off is not known.
        """
        server = self._address.server
        for _ in range(_MOST_HOPS):
            reply = self._sent(server, method, path, headers, body)
            if reply.status not in _REDIRECTS or not reply.location:
                return reply
            target = urlsplit(reply.location)
            server, path = f"{target.scheme}://{target.netloc}", target.path
            path += f"?{target.query}" if target.query else ""
        raise PortUnavailable(f"{self._address}: its nodes send us round in circles")

    def _sent(
        self, server: str, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        connection = self._kept(server) or self._connected(server)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            reply = Reply(response.status, response.read(), response.getheader("Location", ""))
        except TimeoutError as error:
            connection.close()
            raise PortUnavailable(
                f"{self._address} did not answer within {READ_TIMEOUT_S:g} s"
            ) from error
        except ConnectionError as error:
            connection.close()
            raise PortUnavailable(f"{self._address} hung up; check that it runs") from error
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise not_vault(self._address) from error
        except BaseException:
            connection.close()
            raise
        idle = self._idle.setdefault(server, deque())
        if connection.sock is None or len(idle) >= _KEPT:
            connection.close()
        else:
            idle.append(connection)
        return reply

    def _kept(self, server: str) -> http.client.HTTPConnection | None:
        """Return a connection that the server has not closed meanwhile."""
        idle = self._idle.get(server)
        while idle:
            try:
                connection = idle.pop()
            except IndexError:  # another thread took it
                return None
            if connection.sock is not None and not _has_something_to_read(connection):
                return connection
            connection.close()
        return None

    def _connected(self, server: str) -> http.client.HTTPConnection:
        connection = self._unconnected(server)
        try:
            connection.connect()
            connection.sock.settimeout(READ_TIMEOUT_S)
        except ssl.SSLError as error:
            connection.close()
            raise PortUnavailable(
                f"{self._address}: no TLS with it ({error.reason}): its certificate is not trusted,"
                " or it speaks plain HTTP; name its authority by ca=/path in the URL, or write"
                " tls=off"
            ) from error
        except OSError as error:
            connection.close()
            reason = error.strerror or "no answer"
            raise PortUnavailable(
                f"{self._address} cannot be reached ({reason}); check the address, and that it runs"
            ) from error
        return connection

    def _unconnected(self, server: str) -> http.client.HTTPConnection:
        parts = urlsplit(server)
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https":
            trust = self._trust or ssl.create_default_context()  # a standby may lead to TLS
            return http.client.HTTPSConnection(host, port, timeout=CONNECT_TIMEOUT_S, context=trust)
        return http.client.HTTPConnection(host, port, timeout=CONNECT_TIMEOUT_S)


def not_vault(address: Address) -> PortUnavailable:
    """Return what to raise where something answers that does not speak like a Vault."""
    return PortUnavailable(f"{address}: what answers there is no Vault; check the address")


def _trust(address: Address) -> ssl.SSLContext | None:
    if address.verify is False:
        return None
    try:
        trust = ssl.create_default_context(
            cafile=address.verify if isinstance(address.verify, str) else None
        )
        if address.certificate:
            trust.load_cert_chain(*address.certificate)
    except (ssl.SSLError, OSError) as error:
        fault = Fault("", f"a TLS file of a vault: URL cannot be used: {error.strerror}")
        raise Invalid(faults=[fault]) from error
    return trust


def _has_something_to_read(connection: http.client.HTTPConnection) -> bool:
    """Tell whether the other side closed: between requests there is nothing else to read."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))


def _close(idle: Mapping[str, deque[http.client.HTTPConnection]]) -> None:
    for connections in idle.values():
        for connection in connections:
            connection.close()
