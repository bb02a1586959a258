"""Which queue a task waits in. A worker looks into its queues in the order of their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

LIVE = "vamp.live"
"""On the path from a change to live traffic: milliseconds count."""

REGULAR = "vamp.regular"
"""The Release Agent's ticks, and whatever is named nowhere else."""

SLOW = "vamp.slow"
"""What waits for systems of others, or takes long by its nature."""

ALL: Sequence[str] = (LIVE, REGULAR, SLOW)

ROUTES: Mapping[str, Mapping[str, str]] = {
    "gateways.publish": {"queue": LIVE},
    "gateways.publish_manifest": {"queue": LIVE},
    "gateways.publish_stale": {"queue": LIVE},
    "gateways.mend_drift": {"queue": SLOW},
    "policies.deliver_hooks": {"queue": SLOW},
    "tenants.continue_deletion": {"queue": SLOW},
    "tenants.continue_deletion_of": {"queue": SLOW},
    "tenants.mirror": {"queue": SLOW},
    "tenants.prune_audit": {"queue": SLOW},
    "tenants.set_up": {"queue": SLOW},
    "tenants.prune_sign_ins": {"queue": SLOW},
    "tenants.prune_traffic": {"queue": SLOW},
    "tenants.storage": {"queue": SLOW},
    "vamp.keep_audit": {"queue": SLOW},
    "vamp.prune": {"queue": SLOW},
}
"""Task → its queue; names of tasks, for nothing here may import them."""


def process_name(names: Sequence[str]) -> str:
    """Return what a worker for these queues is called: ``worker``, or ``worker-live``."""
    if set(names) == set(ALL):
        return "worker"
    return "-".join(["worker", *(name.removeprefix("vamp.") for name in names)])


def named(words: str) -> tuple[str, ...]:
    """Return the queues that `words` name, short and by comma, such as ``live,regular``.

    Raises:
        ValueError: one of them is none of ours; the message lists those that are.
    """
    short = {name.removeprefix("vamp."): name for name in ALL}
    asked = [word.strip() for word in words.split(",") if word.strip()]
    unknown = [word for word in asked if word not in short]
    if unknown or not asked:
        raise ValueError(
            f"no such queue: {', '.join(unknown) or 'none named'}; ours: {', '.join(short)}"
        )
    return tuple(name for word, name in short.items() if word in asked)
