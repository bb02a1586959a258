"""What must hold between gateways: hosts, ports and names once, and no loop of gateways.

Pure, so that rendering a file and changing rows refuse the same things in the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from gateways.documents.gateway import GatewayDocument
from gateways.documents.nesting import MOST_NESTED, Nesting
from vamp.documents.known_keys import nearest
from vamp.errors import Fault


class ClashKind(StrEnum):
    """How grave a clash is: a thing taken (409), a thing not there or a loop (422)."""

    TAKEN = "taken"
    UNKNOWN = "unknown"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class GatewayFacts:
    """What of a gateway concerns others.

    Attributes:
        name: of the gateway.
        hosts: as its document writes them.
        port: of its own; None with hosts.
        nested: gateways that its routes lead to.
        protocol: ``http`` or ``tcp``.
    """

    name: str
    hosts: tuple[str, ...] = ()
    port: int | None = None
    nested: tuple[str, ...] = ()
    protocol: str = "http"

    @classmethod
    def of(cls, document: GatewayDocument) -> GatewayFacts:
        """Return the facts of a document."""
        return cls(document.name, document.hosts, document.port, document.nested, document.protocol)


@dataclass(frozen=True, slots=True)
class Clash:
    """One fault between gateways.

    Attributes:
        document: index of the document that it is told of.
        kind: how grave.
        fault: with a pointer into that document, not yet a line.
    """

    document: int
    kind: ClashKind
    fault: Fault


def faults_between(
    documents: Sequence[GatewayDocument], others: Iterable[GatewayFacts] = ()
) -> tuple[Clash, ...]:
    """Return everything in which `documents` clash with each other and with `others`.

    Linear in the number of gateways, hosts and routes.

    Args:
        documents: each valid by itself; those that are to be written.
        others: gateways that are there already. One with the name of a document is what the
            document replaces, and is left out of account.
    """
    names = {document.name for document in documents}
    standing = [facts for facts in others if facts.name not in names]
    return (
        *_twice(documents, standing, "name", lambda facts: ((facts.name, "/name"),)),
        *_twice(documents, standing, "host", _host_places),
        *_twice(documents, standing, "port", _port_places),
        *_unknown(documents, standing),
        *_nesting(documents, standing),
    )


_MOST_SHOWN: Final = 12

Places = Callable[[GatewayFacts], Iterable[tuple[str, str]]]
"""From a gateway to what it owns, with the pointer of each."""


def _host_places(facts: GatewayFacts) -> Iterable[tuple[str, str]]:
    return ((host, f"/hosts/{index}") for index, host in enumerate(facts.hosts))


def _port_places(facts: GatewayFacts) -> Iterable[tuple[str, str]]:
    return () if facts.port is None else ((str(facts.port), "/port"),)


def _twice(
    documents: Sequence[GatewayDocument],
    standing: Iterable[GatewayFacts],
    what: str,
    places: Places,
) -> Iterator[Clash]:
    owners = {owned: facts.name for facts in standing for owned, _ in places(facts)}
    for index, document in enumerate(documents):
        mine = dict(places(GatewayFacts.of(document)))
        for owned, pointer in mine.items():
            if owned in owners:
                message = f"the {what} {owned} belongs to the gateway {owners[owned]}"
                if what == "name":
                    message = f"there is another gateway named {owned}"
                fault = Fault(pointer, message, f"choose another {what}", code=f"{what}-taken")
                yield Clash(index, ClashKind.TAKEN, fault)
        owners |= dict.fromkeys(mine, document.name)


def _unknown(
    documents: Sequence[GatewayDocument], standing: Iterable[GatewayFacts]
) -> Iterator[Clash]:
    protocols = {facts.name: facts.protocol for facts in standing}
    protocols |= {document.name: document.protocol for document in documents}
    for index, document in enumerate(documents):
        for position, route in enumerate(document.routes):
            pointer = f"/routes/{position}/gateway"
            if not route.gateway:
                continue
            if route.gateway not in protocols:
                close = nearest(route.gateway, protocols)
                hint = f"did you mean {close}?" if close else ""
                message = f"there is no gateway named {route.gateway}"
                fault = Fault(pointer, message, hint, code="unknown-gateway")
                yield Clash(index, ClashKind.UNKNOWN, fault)
            elif protocols[route.gateway] != document.protocol:
                message = (
                    f"{route.gateway} speaks {protocols[route.gateway]}, not {document.protocol}"
                )
                fault = Fault(pointer, message, code="protocol")
                yield Clash(index, ClashKind.UNKNOWN, fault)


def _nesting(
    documents: Sequence[GatewayDocument], standing: Iterable[GatewayFacts]
) -> Iterator[Clash]:
    edges = {facts.name: facts.nested for facts in standing}
    edges |= {document.name: document.nested for document in documents}
    nesting = Nesting(edges)
    for loop in nesting.loops():
        chain = _from_a_document(loop, documents)
        message = f"the gateways lead to each other: {_shown(chain)}"
        yield from _told(documents, chain, message, "gateway-loop")
    for chain in nesting.too_deep():
        message = f"gateways are nested deeper than {MOST_NESTED}: {_shown(chain)}"
        yield from _told(documents, chain, message, "gateway-too-deep")


def _from_a_document(
    loop: tuple[str, ...], documents: Sequence[GatewayDocument]
) -> tuple[str, ...]:
    members = set(loop)
    first = next((document.name for document in documents if document.name in members), loop[0])
    start = loop.index(first)
    return (*loop[start:], *loop[: start + 1])


def _shown(chain: tuple[str, ...]) -> str:
    if len(chain) <= _MOST_SHOWN:
        return " → ".join(chain)
    left_out = len(chain) - _MOST_SHOWN
    return f"{' → '.join(chain[: _MOST_SHOWN - 1])} → … {left_out} more … → {chain[-1]}"


def _told(
    documents: Sequence[GatewayDocument], chain: tuple[str, ...], message: str, code: str
) -> Iterator[Clash]:
    # Told once, of the first document on the way, at the route that leads on.
    following = dict(pairwise(chain))
    for index, document in enumerate(documents):
        onward = following.get(document.name)
        for position, route in enumerate(document.routes):
            if onward is not None and route.gateway == onward:
                pointer = f"/routes/{position}/gateway"
                fault = Fault(pointer, message, "take one of these routes away", code=code)
                yield Clash(index, ClashKind.LOOP, fault)
                return
