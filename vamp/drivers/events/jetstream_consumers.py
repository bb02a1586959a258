"""Consumers on a stream: the durable ones of the apps, and readers that leave no trace."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nats.aio.client import Client

from vamp.drivers.events.jetstream_streams import ROOT, ask

BACKOFF: Sequence[int] = (1, 1, 1, 2, 4, 8)
"""How long a message that was handed out stays hidden, in units of the visibility, by delivery;
the last holds for all that follow. Ten deliveries take 20 minutes at 30 s: a broker that is away
for as long makes no dead letters."""

AHEAD = 1_000
"""A consumer gets no new message on a stream while so many are handed out and not done."""

READER_S = 30
"""A reader that nobody reads with is removed by the server after this."""

_NS = 1_000_000_000


def subjects_of(organisation: str, only: Collection[str]) -> Sequence[str]:
    """Return the subjects of an organisation's events that are named in `only`, or of all."""
    return [f"{ROOT}.{organisation}.*.{what}" for what in sorted(only)]


async def ensure_consumer(
    client: Client, stream: str, name: str, subjects: Sequence[str], visibility_s: float
) -> None:
    """Make the durable consumer, or bring it up to date; it keeps its place.

    It never gives a message up by itself, for such a message would be lost unseen: whoever
    consumes puts it aside after so many deliveries.

    Args:
        client: the connection.
        stream: name of the stream.
        name: of the consumer.
        subjects: what it hears; empty for everything.
        visibility_s: see `BACKOFF`.
    """
    waits = [round(factor * visibility_s * _NS) for factor in BACKOFF]
    config = {
        "name": name,
        "durable_name": name,
        "deliver_policy": "all",
        "ack_policy": "explicit",
        "ack_wait": waits[0],
        "backoff": waits,
        "max_deliver": -1,
        "max_ack_pending": AHEAD,
        "filter_subjects": list(subjects),
    }
    await ask(client, f"CONSUMER.CREATE.{stream}.{name}", {"stream_name": stream, "config": config})


async def reader(client: Client, stream: str, name: str, subject: str) -> None:
    """Make a consumer that begins at the oldest message of `subject` and acknowledges nothing."""
    config = {
        "name": name,
        "deliver_policy": "all",
        "ack_policy": "none",
        "mem_storage": True,
        "inactive_threshold": READER_S * _NS,
        "filter_subject": subject,
    }
    await ask(client, f"CONSUMER.CREATE.{stream}.{name}", {"stream_name": stream, "config": config})
