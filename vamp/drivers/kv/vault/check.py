"""Looking at a Vault: is it open, do our credentials hold, is the mount there, what may we do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hvac import exceptions as vault

from vamp.drivers.kv.round_trip import check_round_trip
from vamp.drivers.kv.vault.adapter import WireAdapter
from vamp.drivers.kv.vault.address import Address
from vamp.drivers.kv.vault.answers import port_errors
from vamp.drivers.kv.vault.session import Session
from vamp.drivers.kv.vault.wire import Wire
from vamp.ports.checks import Check, Checked
from vamp.ports.errors import PortRefused, PortUnavailable
from vamp.ports.kv import KeyValueStore

AGENT_RIGHTS = ("create", "update")
"""What makes the agents' policies and roles."""

_HEALTH = "/v1/sys/health?standbyok=true&sealedcode=200&uninitcode=200&drsecondarycode=200"
_ENGINES = "/v1/sys/internal/ui/mounts/"


def check_vault(address: Address, session: Session, store: KeyValueStore, place: str) -> Checked:
    """Look at the mount of a Vault; see the port."""
    check = Check("Vault")
    health = check.asks("answers", lambda: _health(address), is_timed=True)
    if health is None:
        return check.done()
    check.version = str(health.get("version", ""))
    if not _is_open(check, health):
        return check.done()
    if check.asks("our credentials hold", lambda: _own_token(address, session)) is None:
        return check.done()
    if _mount_is_there(check, address, session):
        check_round_trip(check, store, place)
        _note_agent_rights(check, address, session)
    return check.done()


def prepare_mount(address: Address, session: Session) -> None:
    """Enable KV version 2 at the mount, unless something is mounted there.

    Raises:
        PortRefused: our credentials may not; the message says how an operator does it.
    """
    if _engine(address, session):
        return

    def enable(adapter: WireAdapter) -> object:
        body = {"type": "kv", "options": {"version": "2"}}
        return adapter.post(f"/v1/sys/mounts/{address.mount}", json=body)

    try:
        with port_errors(address, f"mount KV version 2 at {address.mount}"):
            session.ask(enable)
    except PortRefused as error:
        raise PortRefused(
            f"{error}; or have an operator run: vault secrets enable -path={address.mount} kv-v2"
        ) from error


def _health(address: Address) -> Mapping[str, Any]:
    """Return what the node says of itself, to anybody who asks."""
    with port_errors(address, "tell how it is"):
        answer = WireAdapter(Wire(address), address, "").get(_HEALTH)
    if not isinstance(answer, dict) or "sealed" not in answer:
        raise PortUnavailable(f"{address}: what answers there is no Vault; check the address")
    return answer


def _is_open(check: Check, health: Mapping[str, Any]) -> bool:
    if not health.get("initialized"):
        hint = "initialise and unseal it: vault operator init, then vault operator unseal"
        check.bad("is unsealed", "it is not initialised", hint)
    elif health["sealed"]:
        hint = "unseal it: vault operator unseal; until then agents serve on what they have"
        check.bad("is unsealed", "it is sealed", hint)
    else:
        check.good("is unsealed")
    return check.is_well


def _own_token(address: Address, session: Session) -> Mapping[str, Any]:
    def look(adapter: WireAdapter) -> Any:
        try:
            return adapter.get("/v1/auth/token/lookup-self")
        except vault.Forbidden:
            # So too for a living token without the policy "default": then ask what it may do.
            return adapter.post("/v1/sys/capabilities-self", json={"paths": ["sys/health"]})

    with port_errors(address, "look at our own token"):
        try:
            found: Mapping[str, Any] = session.ask(look)
        except vault.Forbidden as error:
            raise PortRefused(
                f"{address} does not accept the token: it expired, was revoked or never was one;"
                " store another one as the secret kv"
            ) from error
    return found


def _mount_is_there(check: Check, address: Address, session: Session) -> bool:
    what = "KV version 2 is mounted"
    try:
        engine = _engine(address, session)
    except PortRefused:
        return True  # not ours to know; reading and writing will show
    except PortUnavailable as error:
        check.bad(what, str(error))
        return False
    if not engine:
        hint = f"run the set-up, or vault secrets enable -path={address.mount} kv-v2"
        check.unprepared(what, f"nothing is mounted at {address.mount}", hint)
        return False
    if engine != ("kv", "2"):
        kind, version = engine
        found = f"{kind} version {version}" if version else kind
        hint = "name another mount in the URL, or vault kv enable-versioning for a kv of version 1"
        check.bad(what, f"{address.mount} is a mount of {found}", hint)
        return False
    check.good(what, f"at {address.mount}")
    return True


def _engine(address: Address, session: Session) -> tuple[str, str] | None:
    """Return kind and version of what is mounted, None where nothing is.

    Vault refuses (403) to tell of a mount that is not there, and of one that our token may do
    nothing in: which of the two, the list of all mounts tells those who may see it.
    """

    def look(adapter: WireAdapter) -> Any:
        try:
            return adapter.get(f"{_ENGINES}{address.mount}")
        except vault.Forbidden:
            everything = adapter.get("/v1/sys/mounts")
            return {"data": (everything.get("data") or {}).get(f"{address.mount}/")}

    with port_errors(address, f"tell of the mount {address.mount}"):
        answer = session.ask(look)
    data = answer.get("data") if isinstance(answer, dict) else None
    if not data:
        return None
    return str(data.get("type", "")), str((data.get("options") or {}).get("version", ""))


def _note_agent_rights(check: Check, address: Address, session: Session) -> None:
    paths = (
        "sys/policies/acl/vamp-agent-check",
        f"auth/{address.approle_mount}/role/vamp-agent-check",
    )

    def look(adapter: WireAdapter) -> Any:
        return adapter.post("/v1/sys/capabilities-self", json={"paths": list(paths)})

    what = "may make the agents' credentials"
    try:
        with port_errors(address, "tell what we may do"):
            answer = session.ask(look)
    except PortRefused:
        return  # a token without the policy "default" may not ask
    except PortUnavailable as error:
        check.bad(what, str(error))
        return
    missing = [path for path in paths if not _has(answer.get(path) or [], AGENT_RIGHTS)]
    if missing:
        hint = "extend our policy by these paths (docs/vault.md), or make the credentials by hand"
        check.bad(what, f"our token may not write {' and '.join(missing)}", hint)
    else:
        check.good(what)


def _has(given: Sequence[str], wanted: Sequence[str]) -> bool:
    return "root" in given or ("deny" not in given and set(wanted) <= set(given))
