"""Keys with which an environment's agents open its subtree, and no other. A part of `vamp.wiring`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vamp.errors import Fault, Invalid
from vamp.wiring import KV_SCHEMES, dsn_of

if TYPE_CHECKING:
    from vamp.drivers.kv.vault.agents import AgentAccess
    from vamp.dsn import Dsn


def kv_agent_key(url: str, *, key: str, organisation: str, environment: str) -> str:
    """Return what opens exactly one environment's subtree of the store at `url`, for its agents.

    In Vault this makes a policy and an AppRole, or brings them up to date; asking again gives the
    same key while it is good.

    Args:
        url: connection URL of the store.
        key: the installation's own key for it.
        organisation: name of the organisation.
        environment: name of the environment.

    Raises:
        Invalid: `key` is not one that can make others.
        PortError: Vault does not answer, or does not let us.
    """
    dsn = dsn_of(url, "key-value store", KV_SCHEMES)
    if dsn.scheme == "vault":
        return _agent_access(dsn, key, organisation, environment).grant()
    from vamp.drivers.kv.sealing import agent_key, parse_key

    master, _ = parse_key(key)
    if master is None:
        raise Invalid(faults=[Fault("", "only the store's master key can make keys for agents")])
    return agent_key(master, organisation, environment)


def rotate_kv_agent_key(url: str, *, key: str, organisation: str, environment: str) -> str:
    """Return a new key for an environment's agents; the old one goes on until `end_old_kv_agent_keys`.

    Raises:
        Invalid: the store's keys are derived and cannot be changed one by one.
        PortError: Vault does not answer, or does not let us.
    """
    dsn = dsn_of(url, "key-value store", KV_SCHEMES)
    if dsn.scheme != "vault":
        fault = Fault(
            "",
            "keys for a file: store derive from its master key, and cannot be changed one by one",
            "give agents that must be kept apart a store in Vault",
        )
        raise Invalid(faults=[fault])
    return _agent_access(dsn, key, organisation, environment).rotate()


def end_old_kv_agent_keys(url: str, *, key: str, organisation: str, environment: str) -> int:
    """End every key of an environment's agents but the newest; return how many. Idempotent.

    Raises:
        PortError: Vault does not answer, or does not let us.
    """
    dsn = dsn_of(url, "key-value store", KV_SCHEMES)
    if dsn.scheme != "vault":
        return 0
    return _agent_access(dsn, key, organisation, environment).end_old()


def has_kv_agent_key(url: str, *, key: str, organisation: str, environment: str) -> bool:
    """Tell whether `kv_agent_key` has nothing to make; always so in a ``file:`` store.

    Raises:
        PortError: Vault does not answer, or does not let us.
    """
    dsn = dsn_of(url, "key-value store", KV_SCHEMES)
    return dsn.scheme != "vault" or _agent_access(dsn, key, organisation, environment).is_granted()


def revoke_kv_agent_key(url: str, *, key: str, organisation: str, environment: str) -> None:
    """Take from an environment's agents what `kv_agent_key` gave them, when it is deleted.

    Safe to repeat. Does nothing in a ``file:`` store, whose keys are derived: remove the entries.

    Raises:
        PortError: Vault does not answer, or does not let us.
    """
    dsn = dsn_of(url, "key-value store", KV_SCHEMES)
    if dsn.scheme == "vault":
        _agent_access(dsn, key, organisation, environment).revoke()


def _agent_access(dsn: Dsn, key: str, organisation: str, environment: str) -> AgentAccess:
    from vamp.drivers.kv.vault.address import Address
    from vamp.drivers.kv.vault.agents import AgentAccess
    from vamp.drivers.kv.vault.credentials import parse_credentials
    from vamp.drivers.kv.vault.session import Session

    address = Address.from_dsn(dsn)
    session = Session(address, parse_credentials(key))
    return AgentAccess(address, session, organisation=organisation, environment=environment)
