"""Asking an instance whether it may receive traffic."""

from __future__ import annotations

import http.client
import socket

from vamp.drivers.scheduler.local.definition import Readiness


def probe(host: str, port: int, readiness: Readiness) -> str:
    """Ask once. Returns an empty text if it is ready, else why not, in a few words."""
    if not readiness.path:
        return _connects(host, port, readiness.timeout_s)
    connection = http.client.HTTPConnection(host, port, timeout=readiness.timeout_s)
    try:
        connection.request("GET", readiness.path, headers={"Connection": "close"})
        status = connection.getresponse().status
    except TimeoutError:
        return f"{readiness.path} did not answer within {readiness.timeout_s:g} s"
    except ConnectionRefusedError:
        return f"nothing listens on port {port}"
    except (OSError, http.client.HTTPException) as error:
        return f"{readiness.path} failed: {type(error).__name__}"
    finally:
        connection.close()
    return "" if 200 <= status < 400 else f"{readiness.path} answered {status}"


def _connects(host: str, port: int, timeout_s: float) -> str:
    try:
        socket.create_connection((host, port), timeout=timeout_s).close()
    except TimeoutError:
        return f"port {port} did not answer within {timeout_s:g} s"
    except ConnectionRefusedError:
        return f"nothing listens on port {port}"
    except OSError as error:
        return f"port {port} failed: {type(error).__name__}"
    return ""
