"""A place of its own on the real servers: database, tenant and namespace that nobody else uses.

The servers are those of ``make stack``, or others whose addresses stand in the same variables.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db.utils import ConnectionHandler

from gateways.management.sites import Site
from vamp import database_url, queues, wiring_of_leftovers
from vamp.clusters import Administrator
from vamp.demo.kubernetes.deployments import KubernetesWorkloads
from vamp.errors import Fault, Invalid
from vamp.ports.errors import PortError
from vamp.secrets import write_secret

PREFIX = "VAMP_STACK_"
NEEDED = (
    *("VAMP_DATABASE_URL", "VAMP_BROKER_URL", "VAMP_KV_URL", "VAMP_EVENTS_URL", "VAMP_METRICS_URL"),
    *("VAMP_STACK_MYSQL_ADMIN_URL", "VAMP_STACK_KUBERNETES_ADDR"),
    *("VAMP_STACK_KUBERNETES_CA_FILE", "VAMP_STACK_KUBECONFIG"),
)
DAY_S = 24 * 3600
BROKER_DATABASES = 15
"""Redis has 16; the first is the installation's own."""

_taken: set[int] = set()
"""By sites of this process, which have written nothing there yet perhaps."""


@dataclass(frozen=True, slots=True)
class StackSite:
    """A site on real servers, with the scheduler's workloads.

    Attributes:
        site: for `booted`.
        workloads: runs the demonstration's versions there.
    """

    site: Site
    workloads: KubernetesWorkloads


def is_given(environ: Mapping[str, str]) -> bool:
    """Tell whether the variables name real servers."""
    return f"{PREFIX}KUBERNETES_ADDR" in environ


@contextmanager
def stores_site(environ: Mapping[str, str] = os.environ) -> Iterator[Site]:
    """Make a site whose stores alone are real; services are processes of this machine.

    Its database and its queues go with the block.

    Args:
        environ: the variables of the servers.

    Raises:
        PortError: the broker does not answer.
    """
    mark = secrets.token_hex(3)
    with (
        _database(environ["VAMP_STACK_MYSQL_ADMIN_URL"], f"vamp_{mark}") as database,
        _broker(environ["VAMP_BROKER_URL"], mark) as broker,
    ):
        yield Site(f"acme-{mark}", _variables(environ, database, broker))


@contextmanager
def stack_site(folder: Path, environ: Mapping[str, str] = os.environ) -> Iterator[StackSite]:
    """Make the site, and take its database, queues and namespace away with the block.

    Args:
        folder: for its secrets; made where it is not there.
        environ: the variables of the servers.

    Raises:
        Invalid: a variable is missing; all that are missing are named.
        PortError: cluster or broker does not answer, or refuses.
    """
    if missing := [name for name in NEEDED if not environ.get(name)]:
        hint = "start the real servers with `make stack`, and run this with ENV=stack"
        raise Invalid(faults=[Fault(name, "is missing", hint) for name in missing])
    mark = secrets.token_hex(3)
    organisation = f"acme-{mark}"
    namespace = f"vamp-{organisation}"
    kubeconfig = Path(environ["VAMP_STACK_KUBECONFIG"])
    cluster = Administrator.of_kubeconfig(kubeconfig.read_text(), folder=kubeconfig.parent)
    secret_file = folder / "scheduler.secret"
    folder.mkdir(parents=True, exist_ok=True)
    with (
        _database(environ["VAMP_STACK_MYSQL_ADMIN_URL"], f"vamp_{mark}") as database,
        _broker(environ["VAMP_BROKER_URL"], mark) as broker,
    ):
        try:
            write_secret(secret_file, cluster.grant(namespace, token_s=DAY_S))
            address = urlsplit(environ["VAMP_STACK_KUBERNETES_ADDR"]).netloc
            scheduler_url = f"kubernetes://{address}"
            site = Site(
                organisation=organisation,
                variables=_variables(environ, database, broker),
                lift=(
                    *("--scheduler", scheduler_url, "--namespace", namespace),
                    *("--scheduler-secret-file", str(secret_file)),
                ),
                schedulers_node=(
                    *(sys.executable, "-m", "vamp.demo.kubernetes.node"),
                    *("--kubeconfig", environ["VAMP_STACK_KUBECONFIG"]),
                    *("--folder", str(folder / "pods"), "--name", f"demo-{mark}"),
                ),
            )
            yield StackSite(site, KubernetesWorkloads(cluster.api, namespace, scheduler_url))
        finally:
            # A cluster that is away must not hide what went wrong before; the namespace stays then.
            with suppress(PortError):
                cluster.withdraw(namespace)


def _variables(environ: Mapping[str, str], database: str, broker: str) -> dict[str, str]:
    """Return the installation's variables with the database, and the broker, of its own."""
    found = {
        name: value
        for name, value in environ.items()
        if name.startswith("VAMP_") and not name.startswith(PREFIX)
    }
    return found | {"VAMP_DATABASE_URL": database, "VAMP_BROKER_URL": broker}


@contextmanager
def _broker(url: str, mark: str) -> Iterator[str]:
    """Give the URL of a numbered database in which nothing lies; its queues go with the block.

    Where others lie in every one of them, it is shared with one that this process has not taken.
    """
    begin = int(mark, 16)
    order = [1 + (begin + step) % BROKER_DATABASES for step in range(BROKER_DATABASES)]
    open_ones = [number for number in order if number not in _taken] or order
    urls = {number: urlunsplit(urlsplit(url)._replace(path=f"/{number}")) for number in open_ones}
    empty = (number for number in open_ones if wiring_of_leftovers.is_broker_empty(urls[number]))
    number = next(empty, open_ones[0])
    _taken.add(number)
    try:
        yield urls[number]
    finally:
        _taken.discard(number)
        with suppress(PortError):  # Redis may be away: what matters went well or wrong before
            wiring_of_leftovers.forget_queues(urls[number], queues.ALL)


@contextmanager
def _database(admin_url: str, name: str) -> Iterator[str]:
    """Make a database and give its URL; drop it with the block."""
    anywhere = urlunsplit(urlsplit(admin_url)._replace(path="/information_schema"))
    described = database_url.described(anywhere)
    connection = ConnectionHandler({"default": described})["default"]
    with connection.cursor() as cursor:
        # The name is made of our own hexadecimal digits.
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    try:
        yield urlunsplit(urlsplit(admin_url)._replace(path=f"/{name}"))
    finally:
        connection.close()  # the server may have been started anew meanwhile
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.close()
