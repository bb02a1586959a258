from __future__ import annotations

import pytest

from vamp import wiring_of_listeners
from vamp.drivers.events.nats_users import Credentials
from vamp.drivers.events.nkeys import ACCOUNT, KeyPair
from vamp.errors import Invalid

PLACE = {"organisation": "acme", "environment": "production"}


def test_events_agent_key__of_two_holders__is_of_two_users_and_stays_the_same_for_each():
    signing_key = KeyPair.new(ACCOUNT).seed

    users = [
        Credentials.parse(
            wiring_of_listeners.events_agent_key(
                "nats://h", signing_key=signing_key, holder=holder, **PLACE
            )
        ).keys.public
        for holder in ("1", "1", "2")
    ]

    assert users[0] == users[1] != users[2]


def test_revoke_events_agent_keys__no_holder_or_embedded__asks_nothing():
    keys = dict.fromkeys(("signing_key", "operator_key", "system_key"), "")

    wiring_of_listeners.revoke_events_agent_keys("db:", holders={"1": None}, **keys)
    wiring_of_listeners.revoke_events_agent_keys("nats://h", holders={}, **keys)
    with pytest.raises(Invalid, match="VAMP_EVENTS_OPERATOR_KEY"):
        wiring_of_listeners.revoke_events_agent_keys("nats://h", holders={"1": None}, **keys)
