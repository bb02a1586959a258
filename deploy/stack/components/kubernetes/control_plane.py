"""Kubernetes: etcd, API server, controllers, scheduler, and kwok in place of kubelets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.stack.component import Server
from deploy.stack.components.kubernetes import nodes
from deploy.stack.components.kubernetes.accounts import (
    ACCOUNTS,
    ADMIN,
    CONTROLLERS,
    SCHEDULER,
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

SERVICE_RANGE = "10.96.0.0/16"
SERVICE_ADDRESS = "10.96.0.1"
HOSTS = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
ISSUER = "https://kubernetes.default.svc"
CLIENT_RATE = ("--kube-api-qps=500", "--kube-api-burst=1000")
"""Their defaults are meant for large shared clusters: a thousand pods would take a minute."""


class Kubernetes:
    """A control plane with RBAC and TLS, whose pods are played."""

    name = "kubernetes"
    builds: Sequence[str] = ("etcd", "kubernetes", "kwok")

    def __init__(self, context: Context) -> None:
        self._state = context.state
        self._cache = context.cache
        self._folder = context.state.of("kubernetes")
        self._ca = self._folder / "ca.crt"
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
        write_private(self._folder / "tokens.csv", token_file(tokens))
        for account in ACCOUNTS:
            text = kubeconfig(address=self._address, ca_file=self._ca, token=tokens[account.name])
            write_private(self._kubeconfig(account), text)

    def furnish(self) -> None:
        nodes.create(self._api())
        nodes.must_be_ready(self._api())

    def check(self) -> None:
        nodes.must_be_ready(self._api())

    def variables(self) -> Mapping[str, str]:
        return {
            "VAMP_STACK_KUBERNETES_ADDR": self._address,
            "VAMP_STACK_KUBERNETES_CA_FILE": str(self._ca),
            "VAMP_STACK_KUBERNETES_TOKEN_FILE": str(self._state.secret_path(ADMIN.secret)),
            "VAMP_STACK_KUBECONFIG": str(self._kubeconfig(ADMIN)),
        }

    # --- what they need -------------------------------------------------------------------------

    def _make_certificates(self) -> None:
        ca_key, key = private_key(self._file("ca.key")), private_key(self._file("apiserver.key"))
        write_public_key(private_key(self._file("accounts.key")), self._file("accounts.pub"))
        if not self._ca.exists():
            write_authority(ca_key, self._ca)
            write_server(
                key,
                self._file("apiserver.crt"),
                authority=self._ca,
                signer=ca_key,
                hosts=HOSTS,
                addresses=[LOOPBACK, SERVICE_ADDRESS],
            )

    def _file(self, name: str) -> Path:
        return self._folder / name

    def _kubeconfig(self, account: Account) -> Path:
        return self._file(f"{account.name.removeprefix('system:')}.kubeconfig")

    def _token(self, account: Account) -> str:
        return self._state.secret(account.secret)

    def _api(self, base: str = "") -> Api:
        headers = {"Authorization": f"Bearer {self._token(ADMIN)}"}
        return Api(base or self._address, headers, self._ca)

    # --- how they start -------------------------------------------------------------------------

    def _launch(self, build: str, program: str, *arguments: str, log: str) -> Launch:
        return Launch(
            [str(self._cache.folder(build) / program), *arguments],
            folder=self._folder,
            log=self._state.log(log),
        )

    def _etcd(self) -> Launch:
        clients = f"http://{LOOPBACK}:{self._etcd_port}"
        peers = f"http://{LOOPBACK}:{self._peer_port}"
        return self._launch(
            "etcd",
            "etcd",
            f"--data-dir={self._file('etcd')}",
            f"--listen-client-urls={clients}",
            f"--advertise-client-urls={clients}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
            "--log-level=warn",
            "--unsafe-no-fsync",  # for speed: only a crash of the machine loses
            log="etcd",
        )

    def _apiserver(self) -> Launch:
        return self._launch(
            "kubernetes",
            "kube-apiserver",
            f"--etcd-servers=http://{LOOPBACK}:{self._etcd_port}",
            f"--bind-address={LOOPBACK}",
            f"--advertise-address={LOOPBACK}",
            f"--secure-port={self._port}",
            *self._certificate(),
            f"--client-ca-file={self._ca}",
            f"--service-account-issuer={ISSUER}",
            f"--service-account-key-file={self._file('accounts.pub')}",
            f"--service-account-signing-key-file={self._file('accounts.key')}",
            f"--service-cluster-ip-range={SERVICE_RANGE}",
            "--authorization-mode=RBAC",
            f"--token-auth-file={self._file('tokens.csv')}",
            "--endpoint-reconciler-type=none",  # an endpoint on loopback would be refused
            "--allow-privileged=true",
            log="apiserver",
        )

    def _controllers(self) -> Launch:
        return self._launch(
            "kubernetes",
            "kube-controller-manager",
            *self._client_of(CONTROLLERS, self._controllers_port),
            "--use-service-account-credentials=true",
            f"--root-ca-file={self._ca}",
            f"--service-account-private-key-file={self._file('accounts.key')}",
            "--concurrent-deployment-syncs=20",
            "--concurrent-replicaset-syncs=20",
            log="controller-manager",
        )

    def _scheduler(self) -> Launch:
        return self._launch(
            "kubernetes",
            "kube-scheduler",
            *self._client_of(SCHEDULER, self._scheduler_port),
            log="scheduler",
        )

    def _kwok(self) -> Launch:
        return self._launch(
            "kwok",
            "kwok",
            f"--kubeconfig={self._kubeconfig(ADMIN)}",
            f"--manage-nodes-with-annotation-selector={nodes.SELECTOR}",
            # Without leases its nodes are taken for lost, and their pods with them, now and then.
            f"--node-lease-duration-seconds={nodes.LEASE_S}",
            f"--server-address={LOOPBACK}:{self._kwok_port}",
            "--v=WARN",  # else it says a line for each change of each pod
            log="kwok",
        )

    def _certificate(self) -> Sequence[str]:
        return (
            f"--tls-cert-file={self._file('apiserver.crt')}",
            f"--tls-private-key-file={self._file('apiserver.key')}",
        )

    def _client_of(self, account: Account, port: int) -> Sequence[str]:
        config = self._kubeconfig(account)
        return (
            f"--kubeconfig={config}",
            f"--authentication-kubeconfig={config}",
            f"--authorization-kubeconfig={config}",
            "--leader-elect=false",
            f"--bind-address={LOOPBACK}",
            f"--secure-port={port}",
            *self._certificate(),
            *CLIENT_RATE,
        )

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
