"""Where an environment's services run, in one form for all spellings of the same place."""

from __future__ import annotations

import posixpath
from ipaddress import ip_address

from vamp.dsn import Dsn
from vamp.errors import Invalid

PORTS = {"kubernetes": 6443}
"""Port of a scheduler's URL that names none."""


def placement_of(url: str, namespace: str) -> str | None:
    """Return scheduler and namespace as one text, the same for all spellings of the same place.

    Case and a closing dot of the host, the default port, slashes at the end, users and options
    (``?ca=``) make no difference: they say how a cluster is reached, not which one it is.

    Args:
        url: of the scheduler; empty for none.
        namespace: in its cluster.

    Returns:
        None where there is no scheduler. A URL that cannot be read stands for itself.
    """
    if not url:
        return None
    try:
        dsn = Dsn.parse(url)
    except Invalid:
        return f"{url}#{namespace}"
    if dsn.scheme == "local":
        return f"local:{_folder(dsn.path)}#{namespace}"
    port = dsn.port or PORTS.get(dsn.scheme, 0)
    place = f"//{_host(dsn.host)}:{port}" if dsn.host else ""
    return f"{dsn.scheme}:{place}{dsn.path.rstrip('/')}#{namespace}"


def _host(host: str) -> str:
    try:
        return ip_address(host).compressed
    except ValueError:
        return host.lower().rstrip(".")


def _folder(path: str) -> str:
    found = posixpath.normpath(path) if path else ""
    return f"/{found.lstrip('/')}" if found.startswith("/") else found
