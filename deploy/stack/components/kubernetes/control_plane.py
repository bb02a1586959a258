"""Kubernetes: etcd, API server, controllers, scheduler, and kwok in place of kubelets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from deploy.stack.component import Server
from deploy.stack.components.kubernetes import arguments, nodes
from deploy.stack.components.kubernetes.accounts import (
    ACCOUNTS,
    ADMIN,
    Account,
    kubeconfig,
    token_file,
)
from deploy.stack.components.kubernetes.certificates import (
    private_key,
    write_authority,
    write_public_key,
    write_server,
)
from deploy.stack.context import Context
from deploy.stack.errors import NotReady
from deploy.stack.http import Api
from deploy.stack.ports import LOOPBACK
from deploy.stack.processes import Launch
from deploy.stack.state import write_private

SERVICE_ADDRESS = "10.96.0.1"
HOSTS = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")


class Kubernetes:
    """A control plane with RBAC and TLS, whose pods are played."""

    name = "kubernetes"
    builds: Sequence[str] = ("etcd", "kubernetes", "kwok")

    def __init__(self, context: Context) -> None:
        self._state = context.state
        self._cache = context.cache
        self._places = arguments.Places(context.state.of("kubernetes"))
        port = context.ports.of
        self._etcd_port, self._peer_port = port("etcd"), port("etcd-peer")
        self._port = port("apiserver")
        self._controllers_port = port("controller-manager")
        self._scheduler_port, self._kwok_port = port("scheduler"), port("kwok")

    @property
    def _address(self) -> str:
        return f"https://{LOOPBACK}:{self._port}"

    def servers(self) -> Sequence[Server]:
        return [
            Server("etcd", self._etcd_port, self._etcd, self._etcd_answers),
            Server("apiserver", self._port, self._apiserver, self._apiserver_answers),
            Server(
                "controller-manager",
                self._controllers_port,
                self._controllers,
                lambda: self._is_healthy(self._controllers_port),
            ),
            Server(
                "scheduler",
                self._scheduler_port,
                self._scheduler,
                lambda: self._is_healthy(self._scheduler_port),
            ),
            Server("kwok", self._kwok_port, self._kwok, self._kwok_answers),
        ]

    def prepare(self) -> None:
        self._make_certificates()
        tokens = {account.name: self._token(account) for account in ACCOUNTS}
        write_private(self._places.file("tokens.csv"), token_file(tokens))
        for account in ACCOUNTS:
            text = kubeconfig(
                address=self._address,
                ca_file=self._places.authority,
                token=tokens[account.name],
            )
            write_private(self._places.kubeconfig(account), text)

    def furnish(self) -> None:
        nodes.create(self._api())
        nodes.must_be_ready(self._api())

    def check(self) -> None:
        nodes.must_be_ready(self._api())

    def variables(self) -> Mapping[str, str]:
        return {
            "VAMP_STACK_KUBERNETES_ADDR": self._address,
            "VAMP_STACK_KUBERNETES_CA_FILE": str(self._places.authority),
            "VAMP_STACK_KUBERNETES_TOKEN_FILE": str(self._state.secret_path(ADMIN.secret)),
            "VAMP_STACK_KUBECONFIG": str(self._places.kubeconfig(ADMIN)),
        }

    # --- what they need -------------------------------------------------------------------------

    def _make_certificates(self) -> None:
        file = self._places.file
        ca_key, key = private_key(file("ca.key")), private_key(file("apiserver.key"))
        write_public_key(private_key(file("accounts.key")), file("accounts.pub"))
        if not self._places.authority.exists():
            write_authority(ca_key, self._places.authority)
            write_server(
                key,
                file("apiserver.crt"),
                authority=self._places.authority,
                signer=ca_key,
                hosts=HOSTS,
                addresses=[LOOPBACK, SERVICE_ADDRESS],
            )

    def _token(self, account: Account) -> str:
        return self._state.secret(account.secret)

    def _api(self, base: str = "") -> Api:
        headers = {"Authorization": f"Bearer {self._token(ADMIN)}"}
        return Api(base or self._address, headers, self._places.authority)

    # --- how they start -------------------------------------------------------------------------

    def _launch(self, build: str, program: str, told: Sequence[str], *, log: str) -> Launch:
        return Launch(
            [str(self._cache.folder(build) / program), *told],
            folder=self._places.folder,
            log=self._state.log(log),
        )

    def _etcd(self) -> Launch:
        told = arguments.etcd(self._places, port=self._etcd_port, peer_port=self._peer_port)
        return self._launch("etcd", "etcd", told, log="etcd")

    def _apiserver(self) -> Launch:
        told = arguments.apiserver(self._places, port=self._port, etcd_port=self._etcd_port)
        return self._launch("kubernetes", "kube-apiserver", told, log="apiserver")

    def _controllers(self) -> Launch:
        told = arguments.controllers(self._places, port=self._controllers_port)
        return self._launch("kubernetes", "kube-controller-manager", told, log="controller-manager")

    def _scheduler(self) -> Launch:
        told = arguments.scheduler(self._places, port=self._scheduler_port)
        return self._launch("kubernetes", "kube-scheduler", told, log="scheduler")

    def _kwok(self) -> Launch:
        told = arguments.kwok(self._places, port=self._kwok_port)
        return self._launch("kwok", "kwok", told, log="kwok")

    # --- whether they answer --------------------------------------------------------------------

    def _etcd_answers(self) -> None:
        health = Api(f"http://{LOOPBACK}:{self._etcd_port}").do("GET", "/health")
        if health["health"] != "true":
            raise NotReady(f"etcd: {health}")

    def _apiserver_answers(self) -> None:
        self._api().do("GET", "/readyz")

    def _is_healthy(self, port: int) -> None:
        self._api(f"https://{LOOPBACK}:{port}").do("GET", "/healthz")

    def _kwok_answers(self) -> None:
        Api(f"http://{LOOPBACK}:{self._kwok_port}").do("GET", "/healthz")
