"""The part of Celery's worker that takes tasks from the broker, alive and ending as we want it."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Any

from celery.worker import state
from celery.worker.consumer import Consumer as CeleryConsumer

from vamp.processes.liveness import loops
from vamp.processes.stopping import end_on_signals, stop

log = logging.getLogger("vamp.worker")

SILENT_S = 60.0
_BEAT_EVERY_S = 5.0

stop_s = 20.0
"""Seconds that tasks in progress may take after SIGTERM; then they are handed back."""


class Consumer(CeleryConsumer):
    """Beats while its loop turns; hands tasks back to the broker that take too long to end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._loop = loops.begin("broker", within_s=SILENT_S)

    def start(self) -> None:
        """Take tasks until SIGTERM. A second one ends the process at once."""
        # Here, since Celery has set handlers of its own until now; theirs ignore the second signal.
        end_on_signals(on_first=self._begin_to_end)
        if stop.is_set():  # asked before it could listen
            self._begin_to_end()
        super().start()

    def ensure_connected(self, conn: Any) -> Any:
        """Wait for the broker: that is not our loop's fault."""
        with self._loop.waiting():
            return super().ensure_connected(conn)

    def perform_pending_operations(self) -> None:
        """Beat: brokers without an event loop of their own come by here at every turn."""
        self._loop.beat()
        super().perform_pending_operations()

    def register_with_event_loop(self, hub: Any) -> None:
        """Beat from the event loop, where the broker has one."""
        super().register_with_event_loop(hub)
        hub.call_repeatedly(_BEAT_EVERY_S, self._loop.beat)

    def _begin_to_end(self) -> None:
        setattr(state, "should_stop", os.EX_OK)  # noqa: B010  its stubs know it only as None
        threading.Thread(target=self._hand_back, name="hand-back", daemon=True).start()

    def _hand_back(self) -> None:
        """After `stop_s`, give unfinished tasks back and end; a polite end comes before that."""
        time.sleep(stop_s)
        try:
            unfinished = [request.name for request in state.active_requests]
            channel: Any = getattr(self, "task_consumer").channel  # noqa: B009  not in its stubs
            channel.qos.restore_unacked_once()
            log.warning("tasks.handed_back", extra={"tasks": unfinished})
        except Exception:
            # The broker hands them out again by itself, or a sweep makes up for them.
            log.exception("tasks.not_handed_back")
        finally:
            logging.shutdown()
            os._exit(os.EX_OK)
