"""Looking at what the installation itself stands on: its databases and its broker."""

from __future__ import annotations

from vamp import broker_url
from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid
from vamp.ports.checks import Checked


def check_database(alias: str) -> Checked:
    """Look at the database `alias`. Never raises, and leaves nothing behind."""
    from vamp.drivers import database_check

    return database_check.check_database(alias)


def pending_migrations(alias: str) -> list[str]:
    """Return the migrations that the database `alias` lacks.

    Raises:
        PortError: it does not answer.
    """
    from vamp.drivers import database_check

    return database_check.pending_migrations(alias)


def check_broker(url: str) -> Checked:
    """Look at the broker at `url`. Never raises for what a broker does; leaves nothing behind.

    Raises:
        Invalid: the URL names no broker.
    """
    dsn = Dsn.parse(url)
    if dsn.scheme == "filesystem":
        from vamp.drivers.broker.folder import FolderBroker

        return FolderBroker(dsn).check()
    if dsn.scheme in {"redis", "rediss"}:
        broker_url.described(url)
        from vamp.drivers.broker.redis import RedisBroker

        return RedisBroker(dsn).check()
    allowed = ", ".join(f"{scheme}:" for scheme in broker_url.SCHEMES)
    raise Invalid(faults=[Fault("", f"{dsn.scheme}: is no broker", f"allowed schemes: {allowed}")])
