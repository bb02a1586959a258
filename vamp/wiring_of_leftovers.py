"""What an installation leaves in systems beside its tenants' own. A part of `vamp.wiring`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from vamp.dsn import Dsn

REDIS_SCHEMES = frozenset({"redis", "rediss"})


def index_templates(url: str) -> Sequence[str]:
    """Return the names of our index templates at the metrics store `url`; none in ``db:``.

    Raises:
        PortError: it does not answer.
    """
    dsn = Dsn.parse(url)
    if dsn.scheme != "elasticsearch":
        return []
    from vamp.drivers.elasticsearch.cluster import Cluster

    return Cluster(dsn).templates()


def forget_index_templates(url: str, *, but: Collection[str]) -> None:
    """Remove our index templates at the metrics store `url`, apart from those called `but`.

    Raises:
        PortError: it does not answer, or does not let us.
    """
    dsn = Dsn.parse(url)
    if dsn.scheme == "elasticsearch":
        from vamp.drivers.elasticsearch.cluster import Cluster

        Cluster(dsn).forget_templates(but=but)


def is_broker_empty(url: str) -> bool:
    """Tell whether nothing lies in the broker's database; False for a broker that is no server.

    Raises:
        PortError: it does not answer.
    """
    dsn = Dsn.parse(url)
    if dsn.scheme not in REDIS_SCHEMES:
        return False
    from vamp.drivers.broker.redis import RedisBroker

    return RedisBroker(dsn).is_empty()


def forget_queues(url: str, queues: Sequence[str]) -> None:
    """Remove `queues` from the broker with the tasks that wait there; nothing where it is no server.

    Raises:
        PortError: it does not answer.
    """
    dsn = Dsn.parse(url)
    if dsn.scheme in REDIS_SCHEMES:
        from vamp.drivers.broker.redis import RedisBroker

        RedisBroker(dsn).forget(queues)
