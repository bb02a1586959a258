"""What opens one environment's subtree for its agents: a policy, and an AppRole that has it."""

from __future__ import annotations

import re

from hvac import exceptions as vault
from hvac.api.auth_methods import AppRole as AppRoleMethod
from hvac.api.system_backend import Policies

from vamp.drivers.kv.vault.adapter import WireAdapter
from vamp.drivers.kv.vault.address import Address
from vamp.drivers.kv.vault.answers import port_errors
from vamp.drivers.kv.vault.credentials import AppRole, parse_credentials
from vamp.drivers.kv.vault.session import Session
from vamp.drivers.kv.vault.store import VaultStore
from vamp.drivers.observed import observed
from vamp.errors import Fault, Invalid
from vamp.ports.errors import RevisionConflict

TOKEN_TTL, TOKEN_MAX_TTL = "1h", "24h"
"""For so long a stolen token is good at first, and at most; agents renew theirs and log in anew."""

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_PLAIN = re.compile(r"[^a-z0-9-]")


class AgentAccess:
    """Gives and takes the credentials of an environment's agents. Safe to repeat, and for several.

    The AppRole is kept in the store, at ``<organisation>/<environment>/agents/approle``, where the
    agents themselves cannot read, so that asking again gives the same one.

    Args:
        address: mount and server of the environment's store.
        session: logged in as one who may write policies and roles.
        organisation: name of the organisation, a DNS label.
        environment: name of the environment, a DNS label.

    Raises:
        Invalid: a name is no DNS label.
    """

    def __init__(
        self, address: Address, session: Session, *, organisation: str, environment: str
    ) -> None:
        for name in (organisation, environment):
            if not _LABEL.fullmatch(name):
                raise Invalid(faults=[Fault("", f"{name!r} is not a DNS label")])
        self._address = address
        self._session = session
        self._place = f"{organisation}/{environment}"
        self._store = VaultStore(address, session)
        self.name = role_name(address.mount, organisation, environment)

    def grant(self) -> str:
        """Bring policy and role up to date, and return the role's key: ``approle:…:…``.

        Raises:
            PortUnavailable: repeat later; what was made already does no harm.
            PortRefused: our own token may not write policies or roles.
        """
        with observed("vault", "grant"), port_errors(self._address, f"make the role {self.name}"):
            self._session.ask(self._write_policy_and_role)
            held = self._store.get(self._key)
            if held is not None and self._session.ask(
                lambda adapter: self._works(adapter, held.value)
            ):
                return held.value
            made = str(self._session.ask(self._new_secret))
            try:
                self._store.put(self._key, made, expected=held.revision if held else 0)
            except RevisionConflict:  # another was quicker: his is as good
                rival = self._store.get(self._key)
                return rival.value if rival is not None else made
            return made

    def rotate(self) -> str:
        """Make a new secret id and return the role's key with it; the old ones go on until `end_old`.

        Raises:
            PortUnavailable: repeat later; another new one is made then.
            PortRefused: our own token may not.
        """
        with observed("vault", "rotate"), port_errors(self._address, f"rotate {self.name}"):
            self._session.ask(self._write_policy_and_role)
            made = str(self._session.ask(self._new_secret))
            self._store.put(self._key, made)
            return made

    def end_old(self) -> int:
        """Destroy every secret id but the one that is kept; return how many. Idempotent.

        Tokens that were had with them live on to their own end, `TOKEN_TTL` or at most
        `TOKEN_MAX_TTL`.
        """
        with observed("vault", "end_old"), port_errors(self._address, f"rotate {self.name}"):
            held = self._store.get(self._key)
            if held is None:
                return 0
            return int(self._session.ask(lambda adapter: self._end_others(adapter, held.value)))

    def is_granted(self) -> bool:
        """Tell whether `grant` has given a key that Vault still takes.

        Raises:
            PortError: Vault does not answer, or does not let us.
        """
        held = self._store.get(self._key)
        if held is None:
            return False
        with observed("vault", "grant"), port_errors(self._address, f"look at role {self.name}"):
            try:
                return self._session.ask(lambda adapter: self._works(adapter, held.value))
            except vault.InvalidPath:  # the role was removed
                return False

    def revoke(self) -> None:
        """Remove role, policy and kept key. Tokens given before open nothing from then on."""
        with observed("vault", "revoke"), port_errors(self._address, f"remove {self.name}"):
            self._session.ask(
                lambda adapter: AppRoleMethod(adapter).delete_role(
                    self.name, mount_point=self._address.approle_mount
                )
            )
            self._session.ask(lambda adapter: Policies(adapter).delete_acl_policy(self.name))
            self._store.delete(self._key)

    @property
    def _key(self) -> str:
        return f"{self._place}/agents/approle"

    def _write_policy_and_role(self, adapter: WireAdapter) -> None:
        Policies(adapter).create_or_update_acl_policy(
            self.name, policy_text(self._address.mount, self._place), pretty_print=False
        )
        AppRoleMethod(adapter).create_or_update_approle(
            self.name,
            token_policies=[self.name],
            token_no_default_policy=True,
            token_ttl=TOKEN_TTL,
            token_max_ttl=TOKEN_MAX_TTL,
            mount_point=self._address.approle_mount,
        )

    def _new_secret(self, adapter: WireAdapter) -> AppRole:
        method, mount = AppRoleMethod(adapter), self._address.approle_mount
        role = method.read_role_id(self.name, mount_point=mount)["data"]["role_id"]
        made = method.generate_secret_id(self.name, mount_point=mount)["data"]["secret_id"]
        return AppRole(role, made)

    def _end_others(self, adapter: WireAdapter, key: str) -> int:
        method, mount = AppRoleMethod(adapter), self._address.approle_mount
        kept = parse_credentials(key)
        if not isinstance(kept, AppRole):
            return 0
        found = method.read_secret_id(self.name, kept.secret_id, mount_point=mount)
        if not isinstance(found, dict):  # the role was made anew since: nothing of it is known
            return 0
        present = found["data"]["secret_id_accessor"]
        all_of_them = method.list_secret_id_accessors(self.name, mount_point=mount)["data"]["keys"]
        others = [each for each in all_of_them if each != present]
        for accessor in others:
            method.destroy_secret_id_accessor(self.name, accessor, mount_point=mount)
        return len(others)

    def _works(self, adapter: WireAdapter, key: str) -> bool:
        """Tell whether Vault still knows a kept key: the role may have been made anew since."""
        held, mount = parse_credentials(key), self._address.approle_mount
        if not isinstance(held, AppRole):
            return False
        method = AppRoleMethod(adapter)
        role = method.read_role_id(self.name, mount_point=mount)["data"]["role_id"]
        try:
            found = method.read_secret_id(self.name, held.secret_id, mount_point=mount)
        except (vault.InvalidPath, vault.InvalidRequest):
            return False
        return bool(role == held.role_id and isinstance(found, dict))  # unknown: 204, no text


def role_name(mount: str, organisation: str, environment: str) -> str:
    """Return the name of policy and role: ``vamp-agent-<mount>.<organisation>.<environment>``.

    No two places share one: labels hold no dots, and the mount's other letters are spelt in hex.
    The mount is part of it, since installations on other mounts may have tenants of the same names.
    """
    spelt = _PLAIN.sub(lambda found: f"_{ord(found[0]):02x}", mount)
    return f"vamp-agent-{spelt}.{organisation}.{environment}"


def policy_text(mount: str, place: str) -> str:
    """Return the policy: what is published for gateways, read-only, and care for the own token."""
    return f"""\
path "{mount}/data/{place}/gateways/*" {{ capabilities = ["read"] }}
path "{mount}/metadata/{place}/gateways/*" {{ capabilities = ["read", "list"] }}
path "{mount}/metadata/{place}/gateways" {{ capabilities = ["read", "list"] }}
path "auth/token/lookup-self" {{ capabilities = ["read"] }}
path "auth/token/renew-self" {{ capabilities = ["update"] }}
"""
