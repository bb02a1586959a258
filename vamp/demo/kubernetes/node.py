"""A Kubernetes node whose pods are processes of this machine: for demonstrations and tests only.

``python -m vamp.demo.kubernetes.node --kubeconfig FILE --folder FOLDER`` joins a cluster and runs
the pods that are bound to it: it starts each container's command with its arguments and variables,
gives it an address of its own in 127.64.0.0/16, asks its readiness probe, tells the API server, starts
again what ends, and stops politely what is deleted. There are no images, no isolation, no volumes,
no limits: whoever may create pods may run programs as this process's user. **Never use it in
production**; it is there so that a deployment gives pods that answer on a machine without
containers.

Killed in any way, it takes its processes with it; started again, it starts them again.
"""

from __future__ import annotations

import argparse
import logging
import queue
import signal
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from vamp.demo.kubernetes.addresses import NETWORK, Addresses
from vamp.demo.kubernetes.logs import log_server
from vamp.demo.kubernetes.pod import PodRun
from vamp.demo.kubernetes.registration import Registration
from vamp.demo.kubernetes.reporter import Reporter
from vamp.drivers.scheduler.kubernetes.api import Expired, KubernetesApi
from vamp.drivers.scheduler.kubernetes.kubeconfig import api_from
from vamp.drivers.scheduler.kubernetes.resources import PODS
from vamp.drivers.scheduler.kubernetes.stream import (
    BOOKMARK,
    DELETED,
    Change,
    End,
    Queue,
    WatchStream,
)
from vamp.ports.errors import PortError

log = logging.getLogger("vamp.demo.kubernetes")

_LOOK_S: Final = 0.2
_AGAIN_S: Final = 0.5
_ENDED: Final = frozenset({"Succeeded", "Failed"})
_GRACE_AT_END_S: Final = 5.0


class LocalNode:
    """Runs the pods of one node.

    Args:
        api: the cluster.
        name: of the node.
        folder: for logs.
        network: where pods get their addresses from.
    """

    def __init__(self, api: KubernetesApi, name: str, folder: Path, network: str = NETWORK) -> None:
        self._api = api
        self._name = name
        self._folder = folder
        self._addresses = Addresses(network)
        self._runs: dict[str, PodRun] = {}
        self._queue: Queue = queue.Queue()

    def run(self, stop: threading.Event) -> None:
        """Join the cluster and run its pods until `stop`.

        Raises:
            PortError: the cluster cannot be joined; later outages are waited out.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        server = log_server(self._log_of, self._folder)
        threading.Thread(target=server.serve_forever, name="logs", daemon=True).start()
        registration = Registration(self._api, self._name, server.server_address[1])
        registration.begin()
        log.info("node %s takes pods", self._name)
        try:
            while not stop.is_set():
                try:
                    self._list_and_watch(stop)
                except PortError as error:
                    log.warning("%s", error)
                    stop.wait(_AGAIN_S)
        finally:
            self._end(registration)
            server.shutdown()
            server.server_close()

    @property
    def _query(self) -> Mapping[str, str]:
        return {"fieldSelector": f"spec.nodeName={self._name}"}

    def _list_and_watch(self, stop: threading.Event) -> None:
        self._queue = queue.Queue()  # what a watch before brought is in the listing
        listing = self._api.list(PODS, "", self._query)
        bound = {pod["metadata"]["uid"] for pod in listing.items}
        for uid in self._runs.keys() - bound:
            self._forget(uid)
        for pod in listing.items:
            self._take(pod)
        version = listing.version
        while not stop.is_set():
            stream = WatchStream(self._api, PODS, "", self._queue, self._query)
            stream.open(version)
            try:
                version = self._follow(stream, version, stop)
            except Expired:
                return
            finally:
                stream.close()

    def _follow(self, stream: WatchStream, version: str, stop: threading.Event) -> str:
        """Take changes until the stream ends; return where to go on."""
        while not stop.is_set():
            try:
                item: Change | End = self._queue.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
            if isinstance(item, Change):
                version = item.version
                self._take_change(item)
            elif item.stream is stream:
                if item.error is not None:
                    raise item.error
                return version
        return version

    def _take_change(self, change: Change) -> None:
        if change.type == DELETED:
            self._forget(change.object["metadata"]["uid"])
        elif change.type != BOOKMARK:
            self._take(change.object)

    def _take(self, pod: Mapping[str, Any]) -> None:
        """Begin a pod that is new, stop one that is to end, set right what others wrote."""
        meta, status = pod["metadata"], pod.get("status") or {}
        run = self._runs.get(meta["uid"])
        if "deletionTimestamp" in meta:
            if run is None:
                self._reporter(meta).delete(lambda _: False)
            else:
                run.stop(float(meta.get("deletionGracePeriodSeconds") or 0))
        elif run is not None:
            run.seen(pod)
        elif status.get("phase") not in _ENDED:
            self._begin(pod)

    def _begin(self, pod: Mapping[str, Any]) -> None:
        meta, status = pod["metadata"], pod.get("status") or {}
        before = status.get("containerStatuses") or []
        run = PodRun(
            pod=pod,
            address=self._addresses.take(status.get("podIP", "")),
            log=self._folder / f"{meta['uid']}.log",
            reporter=self._reporter(meta),
            restarts=before[0]["restartCount"] + 1 if before else 0,
        )
        self._runs[meta["uid"]] = run
        run.begin()

    def _forget(self, uid: str) -> None:
        run = self._runs.pop(uid, None)
        if run is not None:
            run.vanish()
            self._addresses.give_back(run.address)

    def _reporter(self, meta: Mapping[str, Any]) -> Reporter:
        return Reporter(self._api, meta["namespace"], meta["name"], meta["uid"], log.info)

    def _log_of(self, namespace: str, name: str) -> Path | None:
        for run in list(self._runs.values()):
            meta = run.pod["metadata"]
            if (meta["namespace"], meta["name"]) == (namespace, name):
                return run.log
        return None

    def _end(self, registration: Registration) -> None:
        for run in self._runs.values():
            run.abandon(_GRACE_AT_END_S)
        until = time.monotonic() + _GRACE_AT_END_S
        for run in self._runs.values():
            run.join()
        log.info("node %s ended in %.1f s", self._name, time.monotonic() - until + _GRACE_AT_END_S)
        registration.end()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a node until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m vamp.demo.kubernetes.node")
    parser.add_argument("--kubeconfig", type=Path, required=True, help="how to reach the cluster")
    parser.add_argument("--folder", type=Path, required=True, help="for the pods' logs")
    parser.add_argument("--name", default=f"processes-{socket.gethostname()}".lower())
    parser.add_argument("--network", default=NETWORK, help="of the pods' addresses")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    LocalNode(api_from(chosen.kubeconfig), chosen.name, chosen.folder, chosen.network).run(stop)


if __name__ == "__main__":
    main()
