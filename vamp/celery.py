"""Celery's application: broker, queues, and the sweeps under the events.

Every task can be derived from rows again: the embedded broker forgets a message when it is read,
so the sweeps make up for any that was lost.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings
from kombu import Exchange, Queue

from vamp import broker_url, queues, task_log

app = Celery("vamp", set_as_current=True, task_cls="vamp.poison:GuardedTask")

MIRROR_S = 60.0
AUDIT_S = 30.0
HOUR_S = 3600.0


def _transport(url: str) -> dict[str, Any]:
    scheme = url.partition(":")[0]
    if scheme not in broker_url.SCHEMES:  # refused in variables; the test suite has memory:
        return {"broker_url": url}
    if scheme == "filesystem":
        for name in ("queue", "control"):
            Path(url.removeprefix("filesystem://"), name).mkdir(parents=True, exist_ok=True)
    return broker_url.described(url)


def configure(url: str) -> None:
    """Point the application at the broker at `url`."""
    app.conf.update(
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_acks_late=True,
        # A worker that is killed gives its tasks back; one whose worker they end again and again
        # is put aside: see `vamp.poison`.
        task_reject_on_worker_lost=True,
        task_default_queue=queues.REGULAR,
        task_queues=[Queue(name, Exchange(name), routing_key=name) for name in queues.ALL],
        task_routes=queues.ROUTES,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        enable_utc=True,
        timezone="UTC",
        beat_schedule_filename=str(settings.STATE_DIR / "beat-schedule"),
        beat_schedule={
            "publish-stale": {
                "task": "gateways.publish_stale",
                "schedule": settings.VAMP.sweep_s,
                "options": {"expires": settings.VAMP.sweep_s * 2},
            },
            "release-agent": {
                "task": "policies.tick",
                "schedule": settings.VAMP.tick_s,
                "options": {"expires": settings.VAMP.tick_s * 2},
            },
            "deliver-hooks": {
                "task": "policies.deliver_hooks",
                "schedule": settings.VAMP.sweep_s,
                "options": {"expires": settings.VAMP.sweep_s * 2},
            },
            "prune": {"task": "vamp.prune", "schedule": HOUR_S},
            "keep-audit": {
                "task": "vamp.keep_audit",
                "schedule": AUDIT_S,
                "options": {"expires": AUDIT_S * 2},
            },
            "clear-up": {"task": "tenants.clear_up", "schedule": HOUR_S},
            "prune-audit": {"task": "tenants.prune_audit", "schedule": HOUR_S},
            "prune-sign-ins": {"task": "tenants.prune_sign_ins", "schedule": HOUR_S},
            "prune-traffic": {"task": "tenants.prune_traffic", "schedule": HOUR_S},
            "storage": {
                "task": "tenants.storage",
                "schedule": settings.VAMP.sweep_s,
                "options": {"expires": settings.VAMP.sweep_s * 2},
            },
            "mirror": {
                "task": "tenants.mirror",
                "schedule": MIRROR_S,
                "options": {"expires": MIRROR_S * 2},
            },
            "continue-deletions": {
                "task": "tenants.continue_deletions",
                "schedule": settings.VAMP.sweep_s,
                "options": {"expires": settings.VAMP.sweep_s * 2},
            },
            "end-events-keys": {
                "task": "tenants.end_events_keys",
                "schedule": settings.VAMP.sweep_s * 5,
                "options": {"expires": settings.VAMP.sweep_s * 10},
            },
            "publish-configurations": {
                "task": "tenants.publish_configurations",
                "schedule": MIRROR_S,
                "options": {"expires": MIRROR_S * 2},
            },
            "mend-drift": {
                "task": "gateways.mend_drift",
                "schedule": MIRROR_S,
                "options": {"expires": MIRROR_S * 2},
            },
            "set-up-waiting": {
                "task": "tenants.set_up_waiting",
                "schedule": settings.VAMP.sweep_s * 5,
                "options": {"expires": settings.VAMP.sweep_s * 10},
            },
        },
        **_transport(url),
    )


@setup_logging.connect(dispatch_uid="vamp.celery")
def leave_logging_alone(**_: Any) -> None:
    """Keep what Django set up: Celery would set the root logger's level to its own."""


configure(settings.CELERY_BROKER_URL)
app.autodiscover_tasks()
task_log.connect()
