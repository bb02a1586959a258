"""Celery's application: broker, queues, and the sweeps under the events.

Every task can be derived from rows again: the embedded broker forgets a message when it is read,
so the sweeps make up for any that was lost.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings

from vamp import task_log

app = Celery("vamp", set_as_current=True)

EMBEDDED_POLL_S = 0.02
MIRROR_S = 60.0
HOUR_S = 3600.0


def _embedded_transport(url: str) -> dict[str, Any]:
    folder = Path(url.removeprefix("filesystem://"))
    for name in ("queue", "control"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return {
        "broker_url": "filesystem://localhost",
        "broker_transport": "vamp.broker:Transport",
        "broker_transport_options": {
            "data_folder_in": str(folder / "queue"),
            "data_folder_out": str(folder / "queue"),
            "control_folder": str(folder / "control"),
            "polling_interval": EMBEDDED_POLL_S,
        },
    }


def configure(url: str) -> None:
    """Point the application at the broker at `url`."""
    transport = _embedded_transport(url) if url.startswith("filesystem://") else {"broker_url": url}
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_default_queue="vamp",
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
            "prune-traffic": {"task": "tenants.prune_traffic", "schedule": HOUR_S},
            "mirror": {
                "task": "tenants.mirror",
                "schedule": MIRROR_S,
                "options": {"expires": MIRROR_S * 2},
            },
        },
        **transport,
    )


configure(settings.CELERY_BROKER_URL)
app.autodiscover_tasks()
task_log.connect()
