from __future__ import annotations

import ssl

import pytest

from vamp.broker_url import described
from vamp.errors import Invalid


def test_described__filesystem__is_our_own_transport_in_that_folder():
    found = described("filesystem:///var/broker")

    assert found["broker_transport"] == "vamp.broker:Transport"
    assert found["broker_transport_options"]["data_folder_in"] == "/var/broker/queue"


def test_described__redis__gives_a_killed_workers_tasks_back_and_fails_at_once():
    found = described("redis://:s%2Fe@redis:6379/3")

    options = found["broker_transport_options"]
    assert found["broker_url"] == "redis://:s%2Fe@redis:6379/3"
    assert options["visibility_timeout"] > 300
    assert options["queue_order_strategy"] == "sorted"
    assert options["max_retries"] == 1
    assert found["task_publish_retry"] is False
    assert found["broker_use_ssl"] is None


def test_described__rediss__verifies_the_server_by_the_given_authority():
    found = described("rediss://redis:6380/0?ca=/ca.pem&cert=/c.pem&key=/k.pem")

    assert found["broker_url"] == "rediss://redis:6380/0"
    assert found["broker_use_ssl"] == {
        "ssl_cert_reqs": ssl.CERT_REQUIRED,
        "ssl_check_hostname": True,
        "ssl_ca_certs": "/ca.pem",
        "ssl_certfile": "/c.pem",
        "ssl_keyfile": "/k.pem",
    }


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("amqp://rabbit//", "allowed schemes: filesystem:, redis:, rediss:"),
        ("redis://", "names no host"),
        ("redis://:hunter2@redis/zero", "a database's number"),
        ("redis://:hunter2@redis/0?ca=/ca.pem", "ca is no option of redis:"),
        ("rediss://:hunter2@redis/0?verify=no", "verify is no option of rediss:"),
        ("rediss://:hunter2@redis/0?cert=/c.pem", "cert and key go together"),
    ],
)
def test_described__url_is_wrong__says_what_without_the_password(url, told):
    with pytest.raises(Invalid) as caught:
        described(url)

    assert told in str(caught.value)
    assert "hunter2" not in str(caught.value)
