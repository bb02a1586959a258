"""Whether somebody could listen at an address now, and if not, why."""

from __future__ import annotations

import errno
import os
import socket


def is_free(host: str, port: int) -> bool:
    """Tell whether a process of this user could listen there now; so for port 0, which is any."""
    return not hindrance(host, port)


def hindrance(host: str, port: int) -> str:
    """Return why nobody could listen at `host` and `port` now, and what to do; empty if one could.

    Another process could still be first; whoever then listens fails as it would have anyway.

    Cost: a socket, bound and closed; a name is looked up.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, OverflowError, UnicodeError) as error:
        return f"{host} is no address to listen at: {error}"
    for family, kind, protocol, _, address in found:
        with socket.socket(family, kind, protocol) as asked:
            # As servers do: connections that are only waiting out their end do not keep the port.
            asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                asked.bind(address)
                asked.listen(1)
            except OSError as error:
                return _told(host, port, error.errno or 0)
    return ""


def _told(host: str, port: int, code: int) -> str:
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if code == errno.EADDRINUSE:
        return (
            f"another process listens at {place}, perhaps Vamp from another folder;"
            " end it, or choose another port with --port"
        )
    if code == errno.EADDRNOTAVAIL:
        return f"{place} is no address of this machine; choose another with --host"
    if code == errno.EACCES:
        return f"this user may not listen at {place}; choose a port from 1024 up with --port"
    return f"nothing can listen at {place}: {os.strerror(code)}"
