"""Broker URLs: what ``VAMP_BROKER_URL`` means to Celery. Opens nothing."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid

EMBEDDED_POLL_S = 0.02

VISIBILITY_S = 900
"""Redis hands a message to another worker, where the first did not say that it is done after this.

Longer than the longest time limit of a task (300 s); the sweeps make up for a killed worker's
tasks long before.
"""

CONNECT_TIMEOUT_S = 1.0
ANSWER_TIMEOUT_S = 5.0
"""Longer than the second for which a worker waits for its queues in one question."""

HEALTH_CHECK_S = 15
_TLS_OPTIONS = ("ca", "cert", "key")


def described(url: str) -> dict[str, Any]:
    """Return Celery's settings for the broker at `url`.

    Args:
        url: ``filesystem:///folder``, ``redis://[user][:password@]host:port/number`` or, with TLS,
            ``rediss://…`` with the options ``ca``, ``cert`` and ``key`` (files).

    Raises:
        Invalid: with every fault of the URL; the URL is not repeated, since it may hold a password.
    """
    dsn = Dsn.parse(url)
    describe = _TRANSPORTS.get(dsn.scheme)
    if describe is None:
        allowed = ", ".join(f"{scheme}:" for scheme in SCHEMES)
        raise Invalid(
            faults=[Fault("", f"{dsn.scheme}: is no broker", f"allowed schemes: {allowed}")]
        )
    return describe(dsn, url)


def _filesystem(dsn: Dsn, url: str) -> dict[str, Any]:
    return {
        "broker_url": "filesystem://localhost",
        "broker_transport": "vamp.broker:Transport",
        "broker_transport_options": {
            "data_folder_in": f"{dsn.path}/queue",
            "data_folder_out": f"{dsn.path}/queue",
            "control_folder": f"{dsn.path}/control",
            "polling_interval": EMBEDDED_POLL_S,
        },
    }


def _redis(dsn: Dsn, url: str) -> dict[str, Any]:
    if faults := list(_redis_faults(dsn)):
        raise Invalid(faults=faults)
    tls: dict[str, Any] = {}
    if dsn.scheme == "rediss":
        tls = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
        names = {"ca": "ssl_ca_certs", "cert": "ssl_certfile", "key": "ssl_keyfile"}
        tls |= {names[option]: value for option, value in dsn.options.items()}
    return {
        "broker_url": url.partition("?")[0],
        "broker_use_ssl": tls or None,
        "broker_connection_timeout": CONNECT_TIMEOUT_S,
        "broker_transport_options": {
            "visibility_timeout": VISIBILITY_S,
            "socket_connect_timeout": CONNECT_TIMEOUT_S,
            "socket_timeout": ANSWER_TIMEOUT_S,
            "socket_keepalive": True,
            "health_check_interval": HEALTH_CHECK_S,
            # A queue for each priority, and not kombu's four lists for each queue. The worker
            # looks into its queues in the order of their names: see `vamp.queues`.
            "queue_order_strategy": "sorted",
            "priority_steps": [0],
            # Whoever queues a task must hear at once that the broker is away: a request of the
            # API, a consumer that gets its message again, a sweep that comes again.
            "max_retries": 1,
            "interval_start": 0,
        },
        "task_publish_retry": False,
    }


def _redis_faults(dsn: Dsn) -> Iterator[Fault]:
    if not dsn.host:
        yield Fault("", "the broker URL names no host", "redis://:password@host:6379/0")
    number = dsn.path.strip("/")
    if number and not (number.isascii() and number.isdigit()):
        yield Fault("", "the broker URL must end in a database's number", "such as /0")
    known = _TLS_OPTIONS if dsn.scheme == "rediss" else ()
    for name in dsn.options:
        if name not in known:
            allowed = f"options are: {', '.join(known)}" if known else "rediss: has some for TLS"
            yield Fault("", f"{name} is no option of {dsn.scheme}:", allowed)
    if ("cert" in dsn.options) != ("key" in dsn.options):
        yield Fault("", "cert and key go together", "give both or neither")


_TRANSPORTS: Mapping[str, Callable[[Dsn, str], dict[str, Any]]] = {
    "filesystem": _filesystem,
    "redis": _redis,
    "rediss": _redis,
}
SCHEMES = tuple(_TRANSPORTS)
"""Schemes that a broker may have, first the embedded one."""
