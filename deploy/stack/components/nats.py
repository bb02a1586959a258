"""NATS with JetStream, in operator mode: users come with signed tokens, as in production."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.stack.component import Server
from deploy.stack.context import Context
from deploy.stack.errors import NotReady
from deploy.stack.nats_keys import KeyPair, Kind, credentials, token
from deploy.stack.ports import LOOPBACK
from deploy.stack.processes import Launch
from deploy.stack.state import write_private

ACCOUNT = "vamp"
PROBE_TIMEOUT_S = 5.0
UNLIMITED = -1
MOST_PROTOCOL_LINES = 20

ACCOUNT_LIMITS: Mapping[str, Any] = {
    **dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf"), UNLIMITED),
    "wildcards": True,
}
JETSTREAM_LIMITS: Mapping[str, Any] = dict.fromkeys(
    ("mem_storage", "disk_storage", "streams", "consumer"), UNLIMITED
)


class Nats:
    """One server, an operator, an account with JetStream, its signing key, and one user."""

    name = "nats"
    builds: Sequence[str] = ("nats",)

    def __init__(self, context: Context) -> None:
        self._state = context.state
        self._cache = context.cache
        self._port = context.ports.of("nats")
        self._folder = context.state.of("nats")

    def servers(self) -> Sequence[Server]:
        return [Server(self.name, self._port, self._launch, self._probe)]

    def prepare(self) -> None:
        """Make keys once; tokens and configuration follow from them."""
        self._state.secret("nats-user.creds", self._user_credentials)
        self._state.secret("nats-system.creds", self._system_credentials)
        write_private(self._folder / "nats.json", json.dumps(self._configuration(), indent=1))

    def furnish(self) -> None:
        """Streams are the product's to make."""

    def check(self) -> None:
        """Its server's probe says all."""

    def variables(self) -> Mapping[str, str]:
        address = f"nats://{LOOPBACK}:{self._port}"
        return {
            "VAMP_EVENTS_URL": address,
            "VAMP_EVENTS_KEY_FILE": str(self._state.secret_path("nats-user.creds")),
            "VAMP_EVENTS_SIGNING_KEY_FILE": str(self._state.secret_path("nats-signing.seed")),
            "VAMP_EVENTS_OPERATOR_KEY_FILE": str(self._state.secret_path("nats-operator.seed")),
            "VAMP_EVENTS_SYSTEM_KEY_FILE": str(self._state.secret_path("nats-system.creds")),
            "VAMP_STACK_NATS_URL": address,
            "VAMP_STACK_NATS_SERVER": str(self._program()),
        }

    def _pair(self, name: str, kind: Kind) -> KeyPair:
        return KeyPair.of_seed(
            self._state.secret(f"nats-{name}.seed", lambda: KeyPair.new(kind).seed)
        )

    def _configuration(self) -> Mapping[str, Any]:
        operator = self._pair("operator", Kind.OPERATOR)
        account, system = self._pair("account", Kind.ACCOUNT), self._pair("system", Kind.ACCOUNT)
        signing = self._pair("signing", Kind.ACCOUNT)

        def of_account(pair: KeyPair, name: str, **claims: Any) -> str:
            # Made once: a newer one would take the place of what was revoked meanwhile.
            return self._state.secret(
                f"nats-account-{name}.jwt",
                lambda: token(
                    operator, subject=pair.public, name=name, claims={"type": "account", **claims}
                ),
            )

        return {
            "server_name": "vamp-stack",
            "host": LOOPBACK,
            "port": self._port,
            "operator": token(
                operator,
                subject=operator.public,
                name="vamp-stack",
                claims={"type": "operator", "system_account": system.public},
            ),
            "system_account": system.public,
            # Accounts may be changed while it runs: that is how users are revoked.
            "resolver": {"type": "full", "dir": str(self._folder / "accounts")},
            "resolver_preload": {
                account.public: of_account(
                    account,
                    ACCOUNT,
                    limits={**ACCOUNT_LIMITS, **JETSTREAM_LIMITS},
                    signing_keys=[signing.public],
                ),
                system.public: of_account(system, "SYS", limits=ACCOUNT_LIMITS),
            },
            "jetstream": {"store_dir": str(self._folder / "jetstream")},
        }

    def _system_credentials(self) -> str:
        """A user of the system account, with which accounts are changed."""
        user = KeyPair.new(Kind.USER)
        limits = dict.fromkeys(("subs", "data", "payload"), UNLIMITED)
        claims = {"type": "user", "pub": {}, "sub": {}, **limits}
        system = self._pair("system", Kind.ACCOUNT)
        return credentials(
            token(system, subject=user.public, name="installation", claims=claims), user
        )

    def _user_credentials(self) -> str:
        """The installation's own user: all of the account, as nothing else is said."""
        user = KeyPair.new(Kind.USER)
        return credentials(
            token(
                self._pair("signing", Kind.ACCOUNT),
                subject=user.public,
                name="installation",
                claims={
                    "type": "user",
                    "issuer_account": self._pair("account", Kind.ACCOUNT).public,
                    "pub": {},
                    "sub": {},
                    **dict.fromkeys(("subs", "data", "payload"), UNLIMITED),
                },
            ),
            user,
        )

    def _program(self) -> Path:
        return self._cache.folder("nats") / "nats-server"

    def _launch(self) -> Launch:
        return Launch(
            [str(self._program()), "--config", str(self._folder / "nats.json")],
            folder=self._folder,
            log=self._state.log(self.name),
        )

    def _probe(self) -> None:
        """Log in as the installation and ask JetStream how it is."""
        lines = self._state.secret("nats-user.creds").splitlines()
        user_token, seed = lines[1], lines[5]
        try:
            with socket.create_connection((LOOPBACK, self._port), PROBE_TIMEOUT_S) as server:
                answer = _jetstream_info(server, user_token, KeyPair.of_seed(seed))
        except (OSError, ValueError) as error:
            raise NotReady(str(error)) from None
        if "error" in answer:
            raise NotReady(f"JetStream: {answer['error']}")


def _jetstream_info(server: socket.socket, user_token: str, user: KeyPair) -> Mapping[str, Any]:
    """Return JetStream's account information.

    Raises:
        NotReady: the server refused, or answered something else.
        OSError: it went away, or did not answer in time.
    """
    answers = server.makefile("rb")
    hello = json.loads(answers.readline().removeprefix(b"INFO "))
    options = {
        "verbose": False,
        "pedantic": False,
        "lang": "vamp-stack",
        "version": "1",
        "jwt": user_token,
        "sig": user.sign(hello["nonce"].encode()),
    }
    server.sendall(
        f"CONNECT {json.dumps(options)}\r\nSUB _INBOX.stack 1\r\n"
        "PUB $JS.API.INFO _INBOX.stack 0\r\n\r\n".encode()
    )
    line = b""
    for _ in range(MOST_PROTOCOL_LINES):
        line = answers.readline()
        if line.startswith(b"MSG "):
            info: Mapping[str, Any] = json.loads(answers.readline())
            return info
        if line.startswith(b"-ERR") or not line:
            break
        if line.startswith(b"PING"):
            server.sendall(b"PONG\r\n")
    raise NotReady(f"no answer from JetStream: {line.decode(errors='replace').strip()}")
