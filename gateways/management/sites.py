"""Where an installation that is booted for a while keeps its stores, and where its services run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Site:
    """What `gateways.management.booting.booted` starts an installation with.

    Attributes:
        organisation: name of the tenant that it is lifted with.
        variables: ``VAMP_*`` of its stores; none of them for embedded ones. They hold secrets.
        lift: further arguments of ``manage.py up``: the environment's scheduler.
        schedulers_node: program that runs what the scheduler starts; empty where it does itself.
    """

    organisation: str = "acme"
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    lift: Sequence[str] = ()
    schedulers_node: Sequence[str] = ()


EMBEDDED = Site()
"""No server but HAProxy; services are processes of this machine."""
