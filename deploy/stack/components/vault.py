"""Vault, a real one: initialised, sealed at every start, unsealed by us, open to AppRoles."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from deploy.stack.component import Server
from deploy.stack.context import Context
from deploy.stack.errors import NotReady, StackError
from deploy.stack.http import Api
from deploy.stack.ports import LOOPBACK
from deploy.stack.processes import Launch
from deploy.stack.state import write_private

MOUNT = "vamp"
ROLE = "vamp"
ROOT_TOKEN = "vault-root-token"  # noqa: S105 names of files
UNSEAL_KEY = "vault-unseal-key"
APPROLE = "vault-approle"
TOKEN_TTL = "1h"  # noqa: S105 how long one lasts
NOT_FOUND = 404
OK = 200

POLICY = f"""
path "{MOUNT}/*" {{ capabilities = ["create", "read", "update", "delete", "list"] }}
path "sys/policies/acl/vamp-*" {{ capabilities = ["create", "read", "update", "delete"] }}
path "sys/policy/vamp-*" {{ capabilities = ["create", "read", "update", "delete"] }}
path "auth/approle/role/vamp-*" {{ capabilities = ["create", "read", "update", "delete", "list"] }}
path "sys/policies/acl" {{ capabilities = ["list"] }}
path "auth/approle/role" {{ capabilities = ["list"] }}
path "sys/mounts" {{ capabilities = ["read"] }}
"""
"""The installation's: its secrets, and policies and roles for its agents, which are named so."""


class Vault:
    """One server with its data in files. KV version 2 lies at `MOUNT`."""

    name = "vault"
    builds: Sequence[str] = ("vault",)

    def __init__(self, context: Context, *, sealed: bool = False) -> None:
        self._state = context.state
        self._cache = context.cache
        self._port = context.ports.of("vault")
        self._folder = context.state.of("vault")
        self._sealed = sealed

    @property
    def _address(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    def servers(self) -> Sequence[Server]:
        return [Server(self.name, self._port, self._launch, self._probe)]

    def prepare(self) -> None:
        settings = {
            "storage": {"file": {"path": str(self._folder / "data")}},
            "listener": {"tcp": {"address": f"{LOOPBACK}:{self._port}", "tls_disable": True}},
            "api_addr": self._address,
            "disable_mlock": True,
            "ui": False,
        }
        write_private(self._folder / "vault.json", json.dumps(settings, indent=1))

    def furnish(self) -> None:
        """Initialise it the first time, unseal it every time, then mount, policy and role."""
        self._initialise()
        if self._sealed:
            return
        api = Api(self._address)
        if api.do("GET", "/v1/sys/seal-status")["sealed"]:
            api.do("PUT", "/v1/sys/unseal", {"key": self._state.secret(UNSEAL_KEY)})
        root = self._as_root()
        _must_be_active(root)
        if f"{MOUNT}/" not in root.do("GET", "/v1/sys/mounts")["data"]:
            root.do("POST", f"/v1/sys/mounts/{MOUNT}", {"type": "kv", "options": {"version": "2"}})
        if "approle/" not in root.do("GET", "/v1/sys/auth")["data"]:
            root.do("POST", "/v1/sys/auth/approle", {"type": "approle"})
        root.do("PUT", f"/v1/sys/policies/acl/{ROLE}", {"policy": POLICY})
        role = {"token_policies": [ROLE], "token_ttl": TOKEN_TTL, "token_max_ttl": "24h"}
        root.do("POST", f"/v1/auth/approle/role/{ROLE}", role)
        self._state.secret(APPROLE, lambda: _credentials(root))
        # A fresh mount of version 2 answers 400 until it has laid itself out.
        if root.ask("GET", f"/v1/{MOUNT}/config").status != OK:
            raise NotReady(f"the mount {MOUNT}/ is being made")

    def check(self) -> None:
        if Api(self._address).do("GET", "/v1/sys/seal-status")["sealed"]:
            raise NotReady("it is sealed")
        _must_be_active(self._as_root())

    def variables(self) -> Mapping[str, str]:
        return {
            "VAMP_KV_URL": f"vault://{LOOPBACK}:{self._port}/{MOUNT}?tls=off",
            "VAMP_KV_KEY_FILE": str(self._state.secret_path(APPROLE)),
            "VAMP_STACK_VAULT_ADDR": self._address,
            "VAMP_STACK_VAULT_ROOT_TOKEN_FILE": str(self._state.secret_path(ROOT_TOKEN)),
            "VAMP_STACK_VAULT_UNSEAL_KEY_FILE": str(self._state.secret_path(UNSEAL_KEY)),
        }

    def _launch(self) -> Launch:
        program = self._cache.folder("vault") / "vault"
        return Launch(
            [str(program), "server", f"-config={self._folder / 'vault.json'}"],
            folder=self._folder,
            log=self._state.log(self.name),
        )

    def _probe(self) -> None:
        """Answering is enough: it starts sealed."""
        Api(self._address).do("GET", "/v1/sys/seal-status")

    def _initialise(self) -> None:
        api = Api(self._address)
        if api.do("GET", "/v1/sys/init")["initialized"]:
            if not all(self._state.secret_path(name).exists() for name in (UNSEAL_KEY, ROOT_TOKEN)):
                raise StackError(
                    f"Vault's data in {self._folder} is there, but what opens it is gone:"
                    " stop it and remove that folder to begin anew"
                )
            return
        made = api.do("PUT", "/v1/sys/init", {"secret_shares": 1, "secret_threshold": 1})
        write_private(self._state.secret_path(UNSEAL_KEY), made["keys_base64"][0])
        write_private(self._state.secret_path(ROOT_TOKEN), made["root_token"])
        self._state.secret_path(APPROLE).unlink(missing_ok=True)  # of data that is gone

    def _as_root(self) -> Api:
        return Api(self._address, {"X-Vault-Token": self._state.secret(ROOT_TOKEN)})


def _must_be_active(root: Api) -> None:
    health = root.ask("GET", "/v1/sys/health")
    if health.status != OK:
        raise NotReady(f"Vault's health is {health.status}")


def _credentials(root: Api) -> str:
    """Return what the product takes as its key: ``approle:<role id>:<secret id>``."""
    role = root.do("GET", f"/v1/auth/approle/role/{ROLE}/role-id")["data"]["role_id"]
    secret = root.do("POST", f"/v1/auth/approle/role/{ROLE}/secret-id")["data"]["secret_id"]
    return f"approle:{role}:{secret}"
