"""Whether a process could listen where it is asked to, said before anything else is begun."""

from __future__ import annotations

import errno
import os
import socket

from django.core.management.base import CommandError


def refuse_taken(host: str, port: int) -> None:
    """Return if one could listen at `host` and `port` now. Cost: a socket, bound and closed.

    Another process could still be first; whoever then listens fails as it would have anyway.

    Raises:
        CommandError: another process listens there, the address is none of this machine's, or the
            port is for its administrator alone; the message says what to do.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, OverflowError, UnicodeError) as error:
        raise CommandError(f"{host} is no address to listen at: {error}") from error
    for family, kind, protocol, _, address in found:
        with socket.socket(family, kind, protocol) as asked:
            # As those who listen do: connections that have ended do not keep the port.
            asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                asked.bind(address)
                asked.listen(1)
            except OSError as error:
                raise CommandError(_told(host, port, error.errno or 0)) from error


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
