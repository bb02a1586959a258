"""Being logged in: one token between threads, kept alive, replaced when it dies."""

from __future__ import annotations

import math
import os
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from hvac import exceptions as vault
from hvac.api.auth_methods import AppRole as AppRoleMethod
from hvac.api.auth_methods import Token as TokenMethod

from vamp.drivers.kv.vault.adapter import WireAdapter
from vamp.drivers.kv.vault.address import Address
from vamp.drivers.kv.vault.answers import port_errors
from vamp.drivers.kv.vault.credentials import AppRole, Credentials
from vamp.drivers.kv.vault.wire import Wire, not_vault
from vamp.drivers.observed import observed
from vamp.ports.errors import PortError, PortRefused, PortUnavailable

_POSTPONED_S = 1.0
"""A renewal that failed because Vault was away is tried again after this long."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Login:
    """A token and how long it is good for. Times are seconds on the session's clock.

    Attributes:
        adapter: hvac's way to Vault, which shows the token.
        granted_s: what the token was good for at first; infinite for a root token.
        due: when to renew it: two thirds through what was granted.
        expires: when it ends by itself.
        is_renewable: whether its life can be prolonged.
    """

    adapter: WireAdapter
    granted_s: float = math.inf
    due: float = math.inf
    expires: float = math.inf
    is_renewable: bool = False


class Session:
    """Asks Vault with a living token. Safe between threads, and usable after a fork.

    The token is renewed by the first call after two thirds of its time. With an AppRole, a new one
    is fetched when renewing fails or its longest time is near, and when Vault does not know it any
    more; one thread does that while the others wait. A token of `Token` credentials is kept alive
    by use, and refused for good when it is dead.

    Args:
        address: which Vault.
        credentials: what is shown to it; nothing is asked before the first call.
        now: clock in seconds that never goes back.
    """

    def __init__(
        self,
        address: Address,
        credentials: Credentials,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = address
        self._credentials = credentials
        self._now = now
        self._login: Login | None = None
        self._failure: tuple[float, PortError] | None = None
        self._turn = threading.Lock()
        self._wire = Wire(address)
        _SESSIONS.add(self)

    def ask(self, question: Callable[[WireAdapter], Answer]) -> Answer:
        """Return what `question` returns, asked with a living token.

        It is asked twice where Vault refused a token that turned out to be dead.

        Raises:
            PortUnavailable: no login, since Vault did not answer.
            PortRefused: the credentials are not, or not any more, good.
            hvac.exceptions.VaultError: Vault refused `question`.
        """
        login = self._living()
        try:
            return question(login.adapter)
        except vault.Forbidden:
            after = self._after_refusal_of(login)
            if after is None:
                raise
        return question(after.adapter)

    def _living(self) -> Login:
        login, asked = self._login, self._now()
        if login is not None and asked < login.due:
            return login
        with self._turn:
            if self._failure is not None and self._failure[0] > asked:
                raise self._failure[1]  # tried while we waited: do not queue up for the same
            login = self._login
            if login is not None and self._now() < login.due:
                return login
            try:
                self._login = self._renewed(login) if login else self._first()
            except PortError as error:
                self._failure = (self._now(), error)
                raise
            return self._login

    def _after_refusal_of(self, login: Login) -> Login | None:
        """Return a login to ask again with, or None where the token lives and may not do it."""
        with self._turn:
            if self._login is not None and self._login.adapter is not login.adapter:
                return self._login
            with port_errors(self._address, "look at our own token"):
                try:
                    TokenMethod(login.adapter).lookup_self()
                except vault.Forbidden as error:
                    if not isinstance(self._credentials, AppRole):
                        raise PortRefused(
                            f"{self._address} does not accept the token: it expired or was revoked,"
                            " or never was one; give the store another key"
                        ) from error
                else:
                    return None
            self._login = self._logged_in(self._credentials)
            return self._login

    def _first(self) -> Login:
        if isinstance(self._credentials, AppRole):
            return self._logged_in(self._credentials)
        adapter = self._adapter(self._credentials.token)
        with observed("vault", "login"), port_errors(self._address, "look at our own token"):
            try:
                found = TokenMethod(adapter).lookup_self()
            except vault.Forbidden:
                # Also said of a living token without the policy "default"; calls will show.
                return Login(adapter)
            data = _part(found, "data", self._address)
        return self._login_of(adapter, data["ttl"], is_renewable=data.get("renewable", False))

    def _logged_in(self, role: AppRole) -> Login:
        with observed("vault", "login"), port_errors(self._address, "log in by AppRole"):
            try:
                found = AppRoleMethod(self._adapter("")).login(
                    role.role_id,
                    role.secret_id,
                    use_token=False,
                    mount_point=self._address.approle_mount,
                )
            except vault.Forbidden as error:
                raise PortRefused(
                    f"{self._address} refused the AppRole: check its ids, from where it may log in,"
                    f" and that the method is enabled at auth/{self._address.approle_mount}"
                ) from error
            granted = _part(found, "auth", self._address)
        return self._login_of(
            self._adapter(granted["client_token"]),
            granted["lease_duration"],
            is_renewable=granted["renewable"],
        )

    def _renewed(self, login: Login) -> Login:
        if login.is_renewable:
            try:
                renewed = self._prolonged(login)
            except PortUnavailable:
                if self._now() >= login.expires:
                    raise
                return replace(login, due=self._now() + _POSTPONED_S)
            except PortRefused:
                renewed = None
            if renewed is not None:
                return renewed
        if isinstance(self._credentials, AppRole):
            return self._logged_in(self._credentials)
        return replace(login, due=math.inf)  # it ends when it ends

    def _prolonged(self, login: Login) -> Login | None:
        """Return the login with more time, or None where its longest time is near."""
        with observed("vault", "renew"), port_errors(self._address, "renew our token"):
            granted = _part(TokenMethod(login.adapter).renew_self(), "auth", self._address)
            is_near_its_end = granted["lease_duration"] < login.granted_s / 2
            if is_near_its_end and isinstance(self._credentials, AppRole):
                return None
        return replace(
            self._login_of(
                login.adapter, granted["lease_duration"], is_renewable=granted["renewable"]
            ),
            granted_s=login.granted_s,
        )

    def _login_of(self, adapter: WireAdapter, ttl_s: float, *, is_renewable: bool) -> Login:
        if not ttl_s:
            return Login(adapter)
        now = self._now()
        return Login(adapter, ttl_s, now + ttl_s * 2 / 3, now + ttl_s, is_renewable)

    def _adapter(self, token: str) -> WireAdapter:
        return WireAdapter(self._wire, self._address, token)

    def _forget_the_parent(self) -> None:
        """Take a lock and connections of our own in a child; its parent goes on with the old ones."""
        self._turn = threading.Lock()
        self._wire = Wire(self._address)
        if self._login is not None:
            self._login = replace(self._login, adapter=self._adapter(self._login.adapter.token))


def _part(answer: Any, name: str, address: Address) -> dict[str, Any]:
    """Return one part of an answer.

    Raises:
        PortUnavailable: it is no answer of Vault's, as from a proxy that shows a page.
    """
    part = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(part, dict):
        raise not_vault(address)
    return part


_SESSIONS: weakref.WeakSet[Session] = weakref.WeakSet()


def _after_fork() -> None:
    for session in _SESSIONS:
        session._forget_the_parent()  # noqa: SLF001  (this module's own)


os.register_at_fork(after_in_child=_after_fork)
