"""Telling the API server of one pod, however long it may be away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from vamp.drivers.scheduler.kubernetes.api import KubernetesApi
from vamp.drivers.scheduler.kubernetes.resources import PODS
from vamp.ports.errors import PortError, PortRefused, PortUnavailable, RevisionConflict

AGAIN_S: Final = 0.5


@dataclass(slots=True, eq=False)
class Reporter:
    """Writes one pod's status. One thread's object.

    Attributes:
        api: the API server.
        namespace, name, uid: of the pod.
        note: is given what could not be written, and why.
    """

    api: KubernetesApi
    namespace: str
    name: str
    uid: str
    note: Callable[[str], None]
    _untold: dict[str, Any] | None = None
    _told: dict[str, Any] | None = None

    def differs(self, pod: Mapping[str, Any]) -> bool:
        """Tell whether the pod's readiness is another than was told: the cluster may write too."""
        told = self._told
        return told is not None and _ready(told) != _ready(pod)

    def tell_again(self) -> None:
        """Take what was told last for not told."""
        if self._untold is None:
            self._untold = self._told

    def tell(self, patch: dict[str, Any]) -> None:
        """Write a status now, or else with the next `retry`; the newest counts."""
        self._untold = patch
        self.retry()

    def retry(self) -> None:
        """Write what is not written yet."""
        if self._untold is None:
            return
        try:
            self.api.patch(
                PODS, self.namespace, self.name, self._untold, "status", kind="strategic-merge"
            )
        except PortUnavailable:
            return  # the API server is away, which stops no process
        except PortError as error:  # another pod has the name, or it is gone: the watch tells
            self.note(f"status of pod {self.namespace}/{self.name}: {error}")
        self._told, self._untold = self._untold, None

    def retry_within(self, wait_s: float | None) -> float | None:
        """Return how long to wait at most where one would wait `wait_s`, None for ever."""
        if self._untold is None:
            return wait_s
        return AGAIN_S if wait_s is None else min(AGAIN_S, wait_s)

    def delete(self, goes_on: Callable[[float], bool]) -> None:
        """Say that nothing of the pod runs any more.

        Args:
            goes_on: waits for so many seconds, and tells whether to try again.
        """
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": self.uid}}
        while True:
            try:
                self.api.delete(PODS, self.namespace, self.name, options)
            except (PortRefused, RevisionConflict):
                return  # it is gone, or another pod has the name
            except PortUnavailable:
                if not goes_on(AGAIN_S):
                    return
            else:
                return


def _ready(pod: Mapping[str, Any]) -> str:
    conditions = (pod.get("status") or {}).get("conditions") or []
    return next((str(each["status"]) for each in conditions if each["type"] == "Ready"), "")
