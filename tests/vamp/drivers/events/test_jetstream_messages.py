from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vamp.drivers.events.jetstream_messages import (
    MESSAGE_ID,
    MessageUnreadable,
    body_of,
    deliveries_of,
    headers_of,
    message_from,
)
from vamp.ports.events import Message

MESSAGE = Message(
    "default:7",
    "vamp.acme._.x.y.z",
    {"text": "ü\r\n", "none": None},
    12,
    datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC),
)


def test_message__written_and_read__is_the_same():
    read = message_from(MESSAGE.subject, headers_of(MESSAGE), body_of(MESSAGE), deliveries=3)

    assert read == replace(MESSAGE, deliveries=3)


def test_headers_of__same_row_of_a_database_made_anew__is_another_message():
    later = replace(MESSAGE, emitted_at=MESSAGE.emitted_at + timedelta(microseconds=1))

    assert headers_of(later)[MESSAGE_ID] != headers_of(MESSAGE)[MESSAGE_ID]
    assert headers_of(replace(MESSAGE))[MESSAGE_ID] == headers_of(MESSAGE)[MESSAGE_ID]


@pytest.mark.parametrize(
    ("headers", "body"),
    [(None, b"{}"), ({}, b"{}"), (headers_of(MESSAGE), b"[]"), (headers_of(MESSAGE), b"{")],
)
def test_message_from__somebody_elses__is_unreadable(headers, body):
    with pytest.raises(MessageUnreadable):
        message_from("vamp.acme._.x.y.z", headers, body, deliveries=1)


@pytest.mark.parametrize(
    "reply",
    ["$JS.ACK.vamp-acme.c.4.1.1.1795655534078151891.0", "$JS.ACK.hub.ac.vamp-acme.c.4.1.1.17.0.x"],
)
def test_deliveries_of__both_forms__is_the_count(reply):
    assert deliveries_of(reply) == 4
