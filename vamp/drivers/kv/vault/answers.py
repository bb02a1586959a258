"""What Vault's refusals and silences mean, in the errors of the port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from hvac import exceptions as vault

from vamp.drivers.kv.vault.address import Address
from vamp.ports.errors import PortError, PortRefused, PortUnavailable, RevisionConflict

_MOST_TEXT = 300

_ANSWERED: tuple[tuple[str, type[PortError], str], ...] = (
    (
        "check-and-set parameter did not match",
        RevisionConflict,
        "the key is at another revision than expected",
    ),
    (
        "check-and-set parameter required",
        PortRefused,
        "the mount takes check-and-set writes only; set cas_required=false on it",
    ),
    (
        "Upgrading from non-versioned to versioned",
        PortUnavailable,
        "the mount was just made and is being prepared",
    ),
    ("Vault is sealed", PortUnavailable, "it is sealed; unseal it"),
    ("not initialized", PortUnavailable, "it is not initialised; initialise and unseal it"),
    (
        "active cluster node not found",
        PortUnavailable,
        "it is a standby and there is no active node; look at the other nodes",
    ),
    ("too large", PortRefused, "the value is larger than its storage takes"),
    (
        "no handler for route",
        PortRefused,
        "nothing is mounted there; check the mount in the URL, and that KV v2 is enabled on it",
    ),
    (
        "HTTP request to an HTTPS server",
        PortRefused,
        "it speaks TLS; leave tls=off out of the URL",
    ),
    ("invalid role or secret ID", PortRefused, "it does not know this AppRole or its secret id"),
    ("invalid secret id", PortRefused, "it does not know this AppRole or its secret id"),
    ("invalid role ID", PortRefused, "it does not know this AppRole or its secret id"),
)
"""Words of an answer → what it is and what to say; the first that is found counts."""

_REFUSED = (vault.InvalidRequest, vault.Unauthorized, vault.UnsupportedOperation)
_UNAVAILABLE = (
    vault.InternalServerError,
    vault.BadGateway,
    vault.VaultDown,
    vault.RateLimitExceeded,
    vault.VaultNotInitialized,
)


@contextmanager
def port_errors(address: Address, what: str) -> Iterator[None]:
    """Turn what hvac and requests raise into the errors of the port.

    Args:
        address: the Vault that is asked.
        what: which is asked for, such as ``read acme/production/environment``; no secret.
    """
    try:
        yield
    except (vault.VaultError, requests.RequestException) as error:
        raise port_error(error, address, what) from error


def port_error(error: Exception, address: Address, what: str) -> PortError:
    """Return the port's error for one of hvac's or requests'."""
    if isinstance(error, requests.RequestException):
        return _not_reached(error, address)
    text = _text_of(error)
    for words, kind, meaning in _ANSWERED:
        if words in text:
            return kind(f"{address}, asked to {what}: {meaning}")
    if isinstance(error, vault.Forbidden):
        return PortRefused(f"{address} does not allow us to {what}; extend our policy there")
    if isinstance(error, vault.InvalidPath):
        return PortRefused(f"{address} has no such place, asked to {what}{_shown(text)}")
    if isinstance(error, _REFUSED) or "unsupported operation" in text:
        return PortRefused(f"{address} refused to {what}{_shown(text)}")
    if isinstance(error, vault.RateLimitExceeded):
        return PortUnavailable(f"{address} is over its rate limit, asked to {what}")
    reason = _shown(text) if isinstance(error, _UNAVAILABLE) else f": {type(error).__name__}"
    return PortUnavailable(f"{address} failed to {what}{reason}")


def _not_reached(error: requests.RequestException, address: Address) -> PortUnavailable:
    match error:
        case requests.exceptions.SSLError():
            meaning = (
                "no TLS with it: its certificate is not trusted, or it speaks plain HTTP;"
                " name its authority by ca=/path in the URL, or write tls=off"
            )
        case requests.exceptions.ConnectTimeout():
            meaning = "it cannot be reached; check the address, and that it runs"
        case requests.exceptions.Timeout():
            meaning = "it did not answer in time"
        case requests.exceptions.ConnectionError():
            meaning = "it cannot be reached or hung up; check the address, and that it runs"
        case _:
            meaning = f"what answers there is no Vault ({type(error).__name__})"
    return PortUnavailable(f"{address}: {meaning}")


def _text_of(error: Exception) -> str:
    """Return Vault's own words; hvac's text would add the method and the URL."""
    words = getattr(error, "errors", None) or [str(error.args[0] if error.args else "")]
    return " ".join(" ".join(str(word) for word in words).split())[:_MOST_TEXT]


def _shown(text: str) -> str:
    return f": {text}" if text and text != "None" else ""
