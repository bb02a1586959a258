"""The express: what must be live within milliseconds goes to its consumer ahead of the stream.

A committed event gets a position, is published, and comes back from the stream: about 6 ms, and
nothing while the stream is away. The relay sees it first, so it hands urgent ones over at once,
and then lets them take their usual way, where the consumer of the same process passes over what
it had already. Nothing depends on it: what it misses, or hands over twice, the stream and the
idempotence of consumers make good.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence

from vamp import log_context
from vamp.models import OutboxEvent
from vamp.outbox import message_of, what_of
from vamp.ports.events import Message
from vamp.processes.consumer import Consumer

log = logging.getLogger("vamp.consume")

REMEMBERED = 10_000
"""So many messages handed over ahead are remembered, to be passed over when they come."""


class Express:
    """Hands urgent events over and remembers which. Safe between threads.

    Args:
        consumers: all of this process.
    """

    def __init__(self, consumers: Iterable[Consumer]) -> None:
        self._urgent: dict[str, list[Consumer]] = defaultdict(list)
        for consumer in consumers:
            for what in consumer.urgent:
                self._urgent[what].append(consumer)
        self._handed: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    def hand_over(self, database: str, rows: Sequence[OutboxEvent]) -> None:
        """Give those of `rows`, just committed, that are urgent to whom they concern.

        Never fails: what a consumer cannot do now it is asked again when the stream brings it.
        """
        for row in rows:
            for consumer in self._urgent.get(what_of(row.subject), ()):
                message = message_of(database, row)
                if not self.has_handed(consumer, message):
                    self._hand(consumer, message)

    def has_handed(self, consumer: Consumer, message: Message) -> bool:
        """Tell whether `consumer` had this message ahead of the stream."""
        with self._lock:
            return (consumer.name, message.id) in self._handed

    def _hand(self, consumer: Consumer, message: Message) -> None:
        told = {"consumer": consumer.name, "subject": message.subject}
        context = log_context.of_event(message.id, message.subject, message.payload).present()
        with log_context.bound(**context):
            try:
                consumer.on_message(message)
            except Exception as error:
                log.warning("message.not_ahead", extra={**told, "error": type(error).__name__})
                return
            log.debug("message.ahead", extra=told)
        with self._lock:
            self._handed[consumer.name, message.id] = None
            while len(self._handed) > REMEMBERED:
                self._handed.popitem(last=False)
