"""Looking at a Redis that is Celery's broker: who it is, what it lets us do, what it throws away."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from vamp.dsn import Dsn
from vamp.ports.checks import Check, Checked
from vamp.ports.errors import PortRefused, PortUnavailable

if TYPE_CHECKING:
    from redis import Redis

SYSTEM = "Redis"
WAIT_S = 3.0
KEEPS_ALL = "noeviction"
_PORT = 6379
_PROBE_LIVES_S = 10
_BINDINGS = ("_kombu.binding", "_kombu.binding_permanent")
_MARKS = ("_kombu.binding_deadlines", "unacked", "unacked_index", "unacked_mutex")


class RedisBroker:
    """The broker of ``redis://`` and ``rediss://``."""

    def __init__(self, dsn: Dsn) -> None:
        self._dsn = dsn
        self._place = f"Redis at {dsn.host}:{dsn.port or _PORT}"

    def check(self) -> Checked:
        """Look at it; leaves nothing behind. Never raises."""
        check = Check(SYSTEM)
        client = self._opened()
        try:
            if check.asks("answers", lambda: self._ping(client), is_timed=True):
                self._note(check, client)
        finally:
            client.close()
        return check.done()

    def is_empty(self) -> bool:
        """Tell whether nothing at all lies in its database.

        Raises:
            PortUnavailable: it does not answer.
        """
        client = self._opened()
        try:
            return not self._asked(client.dbsize)
        finally:
            client.close()

    def forget(self, queues: Sequence[str]) -> None:
        """Remove these queues with what waits in them, and Celery's marks of them. Idempotent.

        Raises:
            PortUnavailable: it does not answer.
        """
        names = [
            *_MARKS, *(mark for queue in queues for mark in (queue, *(f"{b}.{queue}" for b in _BINDINGS)))
        ]  # fmt: skip
        client = self._opened()
        try:
            self._asked(lambda: client.delete(*names))
        finally:
            client.close()

    def _asked(self, question: Callable[[], Any]) -> Any:
        from redis.exceptions import RedisError

        try:
            return question()
        except (RedisError, OSError) as error:
            raise PortUnavailable(f"{self._place} does not answer: {error}") from error

    def _note(self, check: Check, client: Redis) -> None:
        hint = "let our user do everything with all keys: ACL SETUSER … ~* &* +@all"
        check.asks("may write and read", lambda: self._round_trip(client), hint=hint)
        told = check.asks("tells of itself", lambda: self._info(client), hint=hint)
        if told is None:
            return
        check.version = str(told.get("redis_version", ""))
        if told.get("role") == "slave":
            hint = "name the primary in VAMP_BROKER_URL"
            check.bad("is the primary", "it is a replica, which takes no messages", hint)
        policy = str(told.get("maxmemory_policy", KEEPS_ALL))
        if int(told.get("maxmemory", 0)) and policy != KEEPS_ALL:
            hint = f"set maxmemory-policy to {KEEPS_ALL}: a queue is no cache"
            check.bad("keeps every message", f"it throws keys away when full ({policy})", hint)
        else:
            check.good("keeps every message")

    def _opened(self) -> Redis:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        options = self._dsn.options
        names = {"ca": "ssl_ca_certs", "cert": "ssl_certfile", "key": "ssl_keyfile"}
        tls: dict[str, Any] = {"ssl": True} if self._dsn.scheme == "rediss" else {}
        tls |= {names[name]: value for name, value in options.items() if name in names}
        return Redis(
            host=self._dsn.host,
            port=self._dsn.port or _PORT,
            db=int(self._dsn.path.strip("/") or 0),
            username=self._dsn.username or None,
            password=self._dsn.secret or None,
            socket_connect_timeout=WAIT_S,
            socket_timeout=WAIT_S,
            retry=Retry(NoBackoff(), 0),  # somebody waits in front of a screen
            protocol=2,  # what a refused password is answered with differs in 3 between versions
            **tls,
        )

    def _ping(self, client: Redis) -> bool:
        with self._port_errors():
            client.ping()
        return True

    def _round_trip(self, client: Redis) -> bool:
        key, value = f"vamp.check.{secrets.token_hex(8)}", secrets.token_hex(8)
        with self._port_errors():
            client.lpush(key, value)
            client.expire(key, _PROBE_LIVES_S)  # should we end before the line after next
            found = client.brpop([key], timeout=1)
            client.delete(key)
        if not found:
            raise PortUnavailable(f"{self._place}: what was just written is not there")
        return True

    def _info(self, client: Redis) -> Mapping[str, Any]:
        with self._port_errors():
            found: Mapping[str, Any] = client.info("everything")
        return found

    @contextmanager
    def _port_errors(self) -> Iterator[None]:
        from redis import exceptions

        try:
            yield
        except exceptions.AuthenticationError as error:
            said = "refuses user or password; check both in VAMP_BROKER_URL"
            raise PortRefused(f"{self._place} {said}") from error
        except exceptions.NoPermissionError as error:
            raise PortRefused(f"{self._place} does not let our user do this: {error}") from error
        except exceptions.TimeoutError as error:
            raise PortUnavailable(
                f"{self._place} does not answer in time; check the address, and that it runs"
            ) from error
        except exceptions.ConnectionError as error:
            raise PortUnavailable(
                f"{self._place} cannot be reached, or hung up: check host and port, that it runs,"
                " and whether it speaks TLS (rediss:)"
            ) from error
        except exceptions.RedisError as error:
            said = str(error)[:200]
            if "NOAUTH" in said or "WRONGPASS" in said:
                raise PortRefused(
                    f"{self._place} wants a user and password; put them into VAMP_BROKER_URL"
                ) from error
            raise PortRefused(f"{self._place} refused: {said}") from error
