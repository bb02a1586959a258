"""The Kubernetes scheduler's driver: one namespace, listed and watched."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from vamp.drivers.observed import observed
from vamp.drivers.scheduler.kubernetes.api import KubernetesApi
from vamp.drivers.scheduler.kubernetes.check import check_cluster
from vamp.drivers.scheduler.kubernetes.credentials import Credentials, FixedToken, InCluster
from vamp.drivers.scheduler.kubernetes.following import Following
from vamp.drivers.scheduler.kubernetes.labels import NamingLabels
from vamp.drivers.scheduler.kubernetes.orders import Orders
from vamp.drivers.scheduler.kubernetes.resources import FOLLOWED
from vamp.drivers.scheduler.kubernetes.view import View
from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid
from vamp.ports.checks import Checked
from vamp.ports.scheduler import Snapshot

_NAME: Final = "kubernetes"
_PORT: Final = 6443


class KubernetesScheduler:
    """Implements `vamp.ports.scheduler.Scheduler` for one namespace.

    `snapshot` and `watch` are one thread's; the rest is safe between threads. Watches stay open
    between calls of `watch`, so that calling it every few seconds costs the API server nothing;
    `snapshot` ends them, and so does the object's own end.

    Args:
        api: the cluster's API server.
        namespace: whose pods and workloads.
        naming: labels that name service and version.
    """

    def __init__(self, api: KubernetesApi, namespace: str, naming: NamingLabels) -> None:
        self._api = api
        self._namespace = namespace
        self._view = View(naming)
        self._orders = Orders(api, namespace, naming)
        self._following: Following | None = None
        # A cursor of another process, or of before a restart, says nothing about this view.
        self._name = secrets.token_hex(8)

    @classmethod
    def from_dsn(
        cls, dsn: Dsn, *, namespace: str, service_label: str, version_label: str, secret: str
    ) -> KubernetesScheduler:
        """Open ``kubernetes://host:port[?tls=off|ca=/path]``, or ``kubernetes:`` inside a cluster.

        Args:
            dsn: the parsed URL. The port is 6443 where none is given.
            namespace: inside a cluster, empty takes the pod's own.
            service_label: see `NamingLabels.of`.
            version_label: likewise.
            secret: JSON, see `Credentials.parse`.

        Raises:
            Invalid: namespace, credentials or option cannot be used.
        """
        naming = NamingLabels.of(service_label, version_label)
        given = Credentials.parse(secret)
        if not dsn.host:
            inside = InCluster.read()
            token = FixedToken(given.token) if given.token else inside.token
            trusting = replace(given, ca=given.ca or inside.ca)
            api = KubernetesApi(inside.address, token=token, tls=trusting.tls())
            return cls(api, namespace or inside.namespace, naming)
        if not namespace:
            fault = Fault("/namespace", "a Kubernetes environment needs a namespace", "set one")
            raise Invalid(faults=[fault])
        host = f"[{dsn.host}]" if ":" in dsn.host else dsn.host
        is_plain = dsn.options.get("tls") == "off"
        address = f"{'http' if is_plain else 'https'}://{host}:{dsn.port or _PORT}"
        trusting = given.trusting(dsn.options.get("ca", ""))
        tls = None if is_plain else trusting.tls()
        api = KubernetesApi(address, token=FixedToken(given.token), tls=tls)
        return cls(api, namespace, naming)

    def snapshot(self) -> Snapshot:
        """See the port. Cost: four listings; 10,000 pods are 40 MB of JSON."""
        with observed(_NAME, "snapshot"):
            listings = {each: self._api.list(each, self._namespace) for each in FOLLOWED}
        if self._following is not None:
            self._following.close()
        for resource, listing in listings.items():
            self._view.replace(resource, listing.items)
        versions = {resource: listing.version for resource, listing in listings.items()}
        self._following = Following(self._api, self._namespace, self._view, versions)
        return self._seen()

    def watch(self, cursor: str, *, timeout_s: float) -> Iterator[Snapshot]:
        """See the port. Changes within about 10 ms share a snapshot.

        A cursor of another object ends it at once. A resourceVersion that the API server has
        forgotten (410) is mended by listing that kind anew, and not told.
        """
        until = time.monotonic() + timeout_s
        name, _, told = cursor.partition(":")
        if name != self._name or not told.isdecimal():
            return
        number = int(told)
        while True:
            if self._view.number != number:
                number = self._view.number
                yield self._seen()
            left_s = until - time.monotonic()
            if left_s <= 0 or self._following is None:
                return
            self._following.take(left_s)

    def scale(self, service: str, version: str, instances: int) -> None:
        """See the port. Cost: two listings of workloads, one request."""
        with observed(_NAME, "scale"):
            self._orders.scale(service, version, instances)

    def restart(self, service: str, version: str) -> None:
        """See the port. As ``kubectl rollout restart``: the workload's own strategy holds."""
        with observed(_NAME, "restart"):
            self._orders.restart(service, version)

    def logs(self, uid: str, *, lines: int) -> Sequence[str]:
        """See the port. The log of the pod's first container, of its present run."""
        with observed(_NAME, "logs"):
            return self._orders.logs(uid, lines=lines)

    def check(self) -> Checked:
        """See the port. Cost: three requests."""
        with observed(_NAME, "check"):
            return check_cluster(self._api, self._namespace)

    def _seen(self) -> Snapshot:
        view = self._view
        return Snapshot(view.instances, view.versions, f"{self._name}:{view.number}")
