from __future__ import annotations

from vamp.processes.consumer import consumers


def test_consumers__of_the_installation__each_app_has_one():
    assert [consumer.name for consumer in consumers()] == ["tenants", "gateways", "policies"]
    assert all(callable(consumer.on_message) for consumer in consumers())
