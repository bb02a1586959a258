"""The event stream: facts about what changed, durable, in order, to any number of consumers.

Real: NATS JetStream. Embedded: the outbox table itself, with a cursor per consumer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from vamp.ports.checks import Checked


@dataclass(frozen=True, slots=True)
class Message:
    """One event on the stream.

    Attributes:
        id: unique in the installation and the same for every delivery: ``<database>:<row id>``.
        subject: ``vamp.<organisation>.<environment>.<app>.<thing>.<past participle>``; an
            environment of ``_`` marks what is the organisation's own.
        payload: ids and facts, never the truth to act on: consumers read rows again.
        position: place in the stream of its organisation or database; counts up, may have gaps.
        emitted_at: when the change was committed, aware UTC.
        deliveries: how often it was handed out, this one included; 1 at first.
    """

    id: str
    subject: str
    payload: Mapping[str, Any]
    position: int
    emitted_at: datetime
    deliveries: int = 1


class EventStream(Protocol):
    """A durable stream. Every method may raise `PortUnavailable`.

    Delivery is at least once and in order of position while nothing fails; consumers are
    idempotent.
    """

    def publish(self, messages: Sequence[Message]) -> None:
        """Store all of `messages` durably. A message whose id is stored already is left out.

        Cost: one round trip a batch. Returns once all are stored. A message of an organisation
        that is gone for good may be left out, rather than make anew what went with it.
        """
        ...

    def fetch(
        self, consumer: str, *, limit: int, timeout_s: float, only: Collection[str] = ()
    ) -> Sequence[Message]:
        """Hand out up to `limit` messages that `consumer` has not acknowledged.

        Waits up to `timeout_s` for the first; returns empty if none came. A consumer is made by
        its first fetch and starts at the oldest stored message.

        Args:
            consumer: its name.
            limit: at least 1.
            timeout_s: 0 for what is there now.
            only: names of events (``<app>.<thing>.<past participle>``) that concern the consumer;
                it never sees others. Empty for all. The same in every call of a consumer, or what
                was passed over meanwhile stays so.
        """
        ...

    def acknowledge(self, consumer: str, messages: Sequence[Message]) -> None:
        """Mark `messages`, which this object fetched, as done for `consumer`. Idempotent."""
        ...

    def reject(self, consumer: str, message: Message, *, error: str) -> None:
        """Put `message` aside for good with its `error`, so that those behind it go on."""
        ...

    def replay(self, *, after: int, subject: str, limit: int) -> Sequence[Message]:
        """Return up to `limit` stored messages with position > `after`, oldest first.

        Args:
            after: a position, 0 for the oldest stored.
            subject: exact, or a prefix that ends in ``.>`` (NATS's notation).
            limit: at least 1.
        """
        ...

    def purge(self, subject: str) -> int:
        """Forget for good what is stored under `subject`, and what was put aside of it.

        Safe to repeat. What is published afterwards is stored again.

        Args:
            subject: ``vamp.<organisation>.<environment>.>``, or ``vamp.<organisation>.>`` for all
                of an organisation's, whose stream then goes as a whole.

        Returns:
            How many messages were forgotten.
        """
        ...

    def check(self, organisation: str) -> Checked:
        """Look whether the stream does its work for `organisation`. Never raises, changes nothing."""
        ...

    def prepare(self, organisation: str) -> None:
        """Make what the organisation's events need before the first of them. Safe to repeat."""
        ...
