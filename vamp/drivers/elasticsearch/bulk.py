"""Bulk writes that create documents once, whatever fails in part."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from vamp.drivers.elasticsearch.client import port_errors, reason_of
from vamp.ports.errors import PortUnavailable

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

CHUNK_BYTES = 4 << 20
CHUNK_DOCUMENTS = 2_000
"""Most that one request holds; Elasticsearch's manual advises 5 to 15 MB, and refuses 100."""

TRIES = 7
FIRST_WAIT_S = 0.05
"""Documents that Elasticsearch puts off (429, 5xx) are sent `TRIES` times in all, 0.05 to 1.6 s
apart: about 3 s, after which the caller is told."""

BULK_S = 30.0

LONGEST_ID = 512
"""Bytes of an ``_id``; Elasticsearch refuses longer ones."""

_EXISTS = 409
_PUT_OFF = 429
_TOO_LARGE = 413
_FILTER = "errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by"

Action: TypeAlias = bytes
"""Two lines of a bulk request, each with its line break: what to do, and the document."""


@dataclass(slots=True)
class Stored:
    """What became of documents.

    Attributes:
        created: how many are new.
        existed: how many had been stored before, and were left as they are.
        refused: place in what was given → why Elasticsearch will never take it.
    """

    created: int = 0
    existed: int = 0
    refused: dict[int, str] = field(default_factory=dict)


def creation(index: str, identity: str, document: bytes) -> Action:
    """Return what creates `document`, unless one with its `identity` is in `index`.

    Args:
        index: where.
        identity: any text of up to `LONGEST_ID` bytes.
        document: a JSON object on one line.
    """
    head = json.dumps({"create": {"_index": index, "_id": identity}}).encode()
    return b"%b\n%b\n" % (head, document)


def store(
    client: Elasticsearch,
    actions: Sequence[Action],
    *,
    wait: Callable[[float], object] = time.sleep,
) -> Stored:
    """Create the documents of `actions`.

    Those that Elasticsearch puts off are sent again, and no other; repeating the whole call after
    an error is harmless, since ids make a document be stored once. Cost: one request for every
    `CHUNK_BYTES` or `CHUNK_DOCUMENTS`.

    Raises:
        PortUnavailable: it does not answer, or still puts something off after `TRIES`.
        PortRefused: it refuses the requests as such (credentials).
    """
    stored = Stored()
    for chunk in _chunks(actions):
        _store_chunk(client, actions, chunk, stored, wait)
    return stored


def _store_chunk(
    client: Elasticsearch,
    actions: Sequence[Action],
    chunk: Sequence[int],
    stored: Stored,
    wait: Callable[[float], object],
) -> None:
    pending, reason = list(chunk), ""
    for attempt in range(TRIES):
        if attempt:
            wait(FIRST_WAIT_S * 2 ** (attempt - 1) * random.uniform(0.5, 1.0))  # noqa: S311  (spread)
        body = b"".join([actions[place] for place in pending])
        status, answer = _send(client, body)
        if status == _TOO_LARGE:
            _store_halves(client, actions, pending, stored, wait)
            return
        if status == _PUT_OFF or status >= 500:
            reason = f"{status} {reason_of(answer)}"
            continue
        if not answer["errors"]:
            stored.created += len(pending)
            return
        pending, why = _sort_out(pending, answer["items"], stored)
        if not pending:
            return
        reason = why
    raise PortUnavailable(
        f"Elasticsearch puts {len(pending)} of {len(actions)} documents off, {TRIES} times: {reason}"
    )


def _store_halves(
    client: Elasticsearch,
    actions: Sequence[Action],
    pending: Sequence[int],
    stored: Stored,
    wait: Callable[[float], object],
) -> None:
    """Send less at once: the server, or a proxy before it, takes smaller requests only."""
    if len(pending) == 1:
        stored.refused[pending[0]] = f"{_TOO_LARGE}: larger than the server takes at once"
        return
    middle = len(pending) // 2
    for half in (pending[:middle], pending[middle:]):
        _store_chunk(client, actions, half, stored, wait)


def _send(client: Elasticsearch, body: bytes) -> tuple[int, Any]:
    """Return status and answer; only what is worth another try here is returned, not raised."""
    from elasticsearch import ApiError

    with port_errors():
        try:
            answer = client.options(request_timeout=BULK_S).bulk(
                operations=body,  # type: ignore[arg-type]  # bytes are sent as they are
                filter_path=_FILTER,
            )
        except ApiError as error:
            status = error.meta.status
            if status in {_PUT_OFF, _TOO_LARGE} or status >= 500:
                return status, error.body
            raise
    return 200, answer.body


def _sort_out(
    pending: Sequence[int], items: Sequence[Mapping[str, Any]], stored: Stored
) -> tuple[list[int], str]:
    """Note what became of each; return those to send again, and why."""
    again, reason = [], ""
    for place, item in zip(pending, items, strict=True):
        (found,) = item.values()
        status = int(found["status"])
        if status < 300:
            stored.created += 1
        elif status == _EXISTS:
            stored.existed += 1
        elif status == _PUT_OFF or status >= 500:
            again.append(place)
            reason = f"{status} {reason_of(found)}"
        else:
            stored.refused[place] = f"{status}: {reason_of(found)}"
    return again, reason


def _chunks(actions: Sequence[Action]) -> Iterator[Sequence[int]]:
    """Yield places of `actions`, as many as go into one request."""
    begun, size = 0, 0
    for place, length in enumerate(map(len, actions)):
        if place > begun and (size + length > CHUNK_BYTES or place - begun == CHUNK_DOCUMENTS):
            yield range(begun, place)
            begun, size = place, 0
        size += length
    if begun < len(actions):
        yield range(begun, len(actions))
