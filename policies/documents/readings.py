"""Readings written down for `manage.py simulate`; ``docs/policies.md`` describes the format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from policies.documents.condition_rules import number_faults
from policies.documents.readings_model import EntryDocument, ReadingsDocument, SideDocument
from policies.domain.intervention import Intervention
from policies.domain.simulated_traffic import Side
from policies.domain.simulation import Tick
from vamp.documents.source import Source
from vamp.documents.yaml import examined, read_documents
from vamp.errors import Fault, Invalid
from vamp.ports.metrics import Traffic


def read_readings(text: str) -> tuple[Tick, ...]:
    """Return the ticks for `policies.domain.simulation.simulate`.

    Args:
        text: JSON or YAML: a list of entries, or a mapping with that list as ``readings``.

    Raises:
        Invalid: with every fault found, at line and column.
    """
    wrapped, lines, prefix = _as_mapping(text)
    try:
        return _ticks(read_documents(wrapped))
    except Invalid as error:
        faults = [_moved(fault, lines, prefix) for fault in error.faults]
        raise Invalid(faults=faults) from None


def _as_mapping(text: str) -> tuple[str, int, str]:
    text = text.removeprefix("\ufeff")
    first = text.lstrip()[:1]
    if first == "[":
        return '{"readings":\n' + text + "\n}", 1, "/readings"
    if first == "-" and not text.lstrip().startswith("---"):
        return "readings:\n" + text, 1, "/readings"
    return text, 0, ""


def _moved(fault: Fault, lines: int, prefix: str) -> Fault:
    line = fault.line
    if line is not None:
        line = max(1, line - lines)
    return replace(fault, pointer=fault.pointer.removeprefix(prefix), line=line)


def _ticks(sources: Sequence[Source]) -> tuple[Tick, ...]:
    if len(sources) > 1:
        message = f"there are {len(sources)} documents, and one list of readings is wanted"
        raise Invalid(faults=[sources[1].located(Fault("", message, code="too-many"))])
    source = sources[0]
    document, faults = examined(ReadingsDocument, source)
    if document is None:
        raise Invalid(faults=faults)
    broken = tuple(source.located(fault) for fault in _broken_rules(document))
    if broken:
        raise Invalid(faults=broken)
    return tuple(_tick(entry) for entry in document.readings)


def _broken_rules(document: ReadingsDocument) -> Iterator[Fault]:
    if not document.readings:
        yield Fault("/readings", "at least one reading is needed", code="empty")
    for index, (before, entry) in enumerate(pairwise(document.readings), start=1):
        if entry.at <= before.at:
            message = "this is not later than the reading before it"
            yield Fault(f"/readings/{index}/at", message, code="order")
    for index, entry in enumerate(document.readings):
        for name, side in (("target", entry.target), ("source", entry.source)):
            for metric, value in side.values.items() if side is not None else ():
                if value:
                    yield from number_faults(f"/readings/{index}/{name}/{metric}", metric, value)


def _tick(entry: EntryDocument) -> Tick:
    return Tick(
        at=entry.at,
        target=_side(entry.target),
        source=_side(entry.source),
        is_applied=entry.applied,
        is_complete=entry.complete and not entry.behind,
        behind=entry.behind,
        has_dropped=entry.dropped,
        error=entry.error,
        interventions=tuple(
            Intervention(event.action, event.actor, event.reason) for event in entry.events
        ),
    )


def _side(side: SideDocument | None) -> Side | None:
    if side is None:
        return None
    if side.count is None:
        return Side(values=side.values, samples=side.samples)
    counts = Traffic(
        count=side.count,
        errors=side.errors,
        latency_sum_ms=side.latency_sum_ms,
        latency_histogram=side.latency_histogram,
    )
    return Side(traffic=counts)
