"""What each program of the control plane is told at its start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.components.kubernetes import nodes
from deploy.stack.components.kubernetes.accounts import ADMIN, CONTROLLERS, SCHEDULER, Account
from deploy.stack.ports import LOOPBACK

SERVICE_RANGE = "10.96.0.0/16"
ISSUER = "https://kubernetes.default.svc"
CLIENT_RATE = ("--kube-api-qps=500", "--kube-api-burst=1000")
"""Their defaults are meant for large shared clusters: a thousand pods would take a minute."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the files of the control plane lie.

    Attributes:
        folder: of all of them.
    """

    folder: Path

    def file(self, name: str) -> Path:
        """Return the path of a file."""
        return self.folder / name

    @property
    def authority(self) -> Path:
        """Return the certificate that clients trust."""
        return self.file("ca.crt")

    def kubeconfig(self, account: Account) -> Path:
        """Return the kubeconfig of an account."""
        return self.file(f"{account.name.removeprefix('system:')}.kubeconfig")

    def certificate(self) -> Sequence[str]:
        """Return the flags with which a server shows who it is."""
        return (
            f"--tls-cert-file={self.file('apiserver.crt')}",
            f"--tls-private-key-file={self.file('apiserver.key')}",
        )


def etcd(places: Places, *, port: int, peer_port: int) -> Sequence[str]:
    """Return etcd's arguments: one member, for clients of this machine."""
    clients, peers = f"http://{LOOPBACK}:{port}", f"http://{LOOPBACK}:{peer_port}"
    return (
        f"--data-dir={places.file('etcd')}",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        "--log-level=warn",
        "--unsafe-no-fsync",  # for speed: only a crash of the machine loses
    )


def apiserver(places: Places, *, port: int, etcd_port: int) -> Sequence[str]:
    """Return the API server's arguments: TLS, static tokens, RBAC."""
    return (
        f"--etcd-servers=http://{LOOPBACK}:{etcd_port}",
        f"--bind-address={LOOPBACK}",
        f"--advertise-address={LOOPBACK}",
        f"--secure-port={port}",
        *places.certificate(),
        f"--client-ca-file={places.authority}",
        f"--service-account-issuer={ISSUER}",
        f"--service-account-key-file={places.file('accounts.pub')}",
        f"--service-account-signing-key-file={places.file('accounts.key')}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        "--authorization-mode=RBAC",
        f"--token-auth-file={places.file('tokens.csv')}",
        "--endpoint-reconciler-type=none",  # an endpoint on loopback would be refused
        "--allow-privileged=true",
    )


def controllers(places: Places, *, port: int) -> Sequence[str]:
    """Return the controller manager's arguments; each controller has an account of its own."""
    return (
        *_client(places, CONTROLLERS, port),
        "--use-service-account-credentials=true",
        f"--root-ca-file={places.authority}",
        f"--service-account-private-key-file={places.file('accounts.key')}",
        "--concurrent-deployment-syncs=20",
        "--concurrent-replicaset-syncs=20",
    )


def scheduler(places: Places, *, port: int) -> Sequence[str]:
    """Return the scheduler's arguments."""
    return _client(places, SCHEDULER, port)


def kwok(places: Places, *, port: int) -> Sequence[str]:
    """Return kwok's arguments: it plays only the nodes that are marked as its own."""
    return (
        f"--kubeconfig={places.kubeconfig(ADMIN)}",
        f"--manage-nodes-with-annotation-selector={nodes.SELECTOR}",
        # Without leases its nodes are taken for lost, and their pods with them, now and then.
        f"--node-lease-duration-seconds={nodes.LEASE_S}",
        f"--server-address={LOOPBACK}:{port}",
        "--v=WARN",  # else it says a line for each change of each pod
    )


def _client(places: Places, account: Account, port: int) -> Sequence[str]:
    config = places.kubeconfig(account)
    return (
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        "--leader-elect=false",
        f"--bind-address={LOOPBACK}",
        f"--secure-port={port}",
        *places.certificate(),
        *CLIENT_RATE,
    )
