"""The part: all that an agent needs to serve one gateway, as published in the key-value store.

The control plane renders parts, one a gateway; an agent puts the parts of its environment
together into files. What HAProxy can change while it runs (maps, buckets, servers) is kept apart
from `sections`, whose change means a reload.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

PART_FORMAT = 1
"""Raised when an older agent could not serve a newer part; an agent keeps what it has then."""


@dataclass(frozen=True, slots=True, order=True)
class BucketRange:
    """Buckets ``first`` to ``last`` (0–9999, both included) go to ``backend``."""

    first: int
    last: int
    backend: str


@dataclass(frozen=True, slots=True)
class ServerLine:
    """One server of a backend.

    Attributes:
        name: safe in a configuration, unique in its backend and stable for an instance's life.
        host: IPv4 or IPv6 address, or a DNS name.
        port: 1–65535.
        weight: HAProxy's own scale, 0–256; 0 drains.
    """

    name: str
    host: str
    port: int
    weight: int = 100


@dataclass(frozen=True, slots=True)
class RouteLabel:
    """What telemetry and probes say about a backend: which route it is, and what is behind it."""

    route: str
    service: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One gateway.

    Attributes:
        gateway: its name.
        generation: the generation of its definition that this part shows.
        sections: frontends and backends as HAProxy text without any ``server`` line of
            `servers`. A change of it is a change of structure: the agent reloads.
        maps: map file → key → value; entries of the environment's shared maps that are this
            gateway's. Changed at run time. A key belongs to one gateway only.
        layouts: draw → ranges that cover 0–9999 without gap or overlap. The draw named like the
            gateway splits by weight; ``<gateway>/<route>`` draws for that route's condition.
            The agent gives each draw a number and writes ``layouts.map`` and ``buckets.map``.
        servers: backend → its servers. Changed at run time.
        labels: backend → what it stands for.
        ports: ports that the gateway listens on by itself; empty on the shared port.
        probes: what a healthy HAProxy answers to the agent's probe of this gateway.
    """

    gateway: str
    generation: int
    sections: str
    maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    layouts: Mapping[str, tuple[BucketRange, ...]] = field(default_factory=dict)
    servers: Mapping[str, tuple[ServerLine, ...]] = field(default_factory=dict)
    labels: Mapping[str, RouteLabel] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    probes: tuple[Probe, ...] = ()

    def to_json(self) -> str:
        """Return the published text: the same part gives the same bytes."""
        return json.dumps(
            {"format": PART_FORMAT, **asdict(self)}, sort_keys=True, separators=(",", ":")
        )

    @classmethod
    def from_json(cls, text: str) -> Part:
        """Read what `to_json` wrote.

        Raises:
            PartUnreadable: it is no part, or one of a format that this agent does not know.
        """
        try:
            found: dict[str, Any] = json.loads(text)
            _check_format(found["format"])
            return cls(
                gateway=found["gateway"],
                generation=found["generation"],
                sections=found["sections"],
                maps=found["maps"],
                layouts={
                    draw: tuple(BucketRange(**item) for item in ranges)
                    for draw, ranges in found["layouts"].items()
                },
                servers={
                    backend: tuple(ServerLine(**item) for item in lines)
                    for backend, lines in found["servers"].items()
                },
                labels={backend: RouteLabel(**label) for backend, label in found["labels"].items()},
                ports=tuple(found["ports"]),
                probes=tuple(Probe(**probe) for probe in found["probes"]),
            )
        except PartUnreadable:
            raise
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PartUnreadable(f"not a part: {error}") from error


@dataclass(frozen=True, slots=True)
class Probe:
    """A request that HAProxy answers by itself when it carries the agent's secret header.

    Attributes:
        protocol: ``http``, or ``tcp`` where only the listener's state is looked at.
        port: where to send it; 0 means the environment's shared port.
        host: value of the ``Host`` header.
        path: path to ask for.
    """

    protocol: str
    port: int
    host: str = ""
    path: str = "/"


class PartUnreadable(ValueError):
    """A published part that this agent cannot use. It keeps serving what it has, and says so."""


def _check_format(number: object) -> None:
    if number != PART_FORMAT:
        raise PartUnreadable("published in a format that this agent does not know; upgrade it")


def digest(text: str) -> str:
    """Return the SHA-256 of a published text as hexadecimal, as the manifest lists it."""
    return hashlib.sha256(text.encode()).hexdigest()
