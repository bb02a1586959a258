"""What Vault's refusals mean, in the errors of the port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
    """Turn what hvac raises into the errors of the port.

    Args:
        address: the Vault that is asked.
        what: which is asked for, such as ``read acme/production/environment``; no secret.
    """
    try:
        yield
    except vault.VaultError as error:
        raise port_error(error, address, what) from error


def port_error(error: vault.VaultError, address: Address, what: str) -> PortError:
    """Return the port's error for one of hvac's."""
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


def _text_of(error: vault.VaultError) -> str:
    """Return Vault's own words; hvac's text would add the method and the URL."""
    words = error.errors or [str(error.args[0] if error.args else "")]
    return " ".join(" ".join(str(word) for word in words).split())[:_MOST_TEXT]


def _shown(text: str) -> str:
    return f": {text}" if text and text != "None" else ""
