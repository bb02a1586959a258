"""The real servers, as benches find them: by the variables that ``make stack`` writes."""

from __future__ import annotations

import os
import secrets
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import run
from urllib.parse import quote, urlsplit

from vamp.dsn import Dsn

NEEDED = ("VAMP_STACK_MYSQL_ADMIN_URL", "VAMP_STACK_ELASTICSEARCH_ADDR")
"""Variables without which no bench can use the servers."""

HINT = "they need the real servers: `make stack`, then `make bench ENV=stack`"

PREFIX = "vamp_bench"
"""Of the indices that benches write; none of anybody else begins so."""


def is_there(environ: Mapping[str, str]) -> bool:
    """Tell whether the variables of the servers are set."""
    return all(environ.get(name) for name in NEEDED)


def metrics_url() -> str:
    """Return the URL of the benches' indices."""
    parts = urlsplit(os.environ["VAMP_STACK_ELASTICSEARCH_ADDR"])
    tls = "" if parts.scheme == "https" else "?tls=off"
    return f"elasticsearch://{parts.netloc}/{PREFIX}{tls}"


def variables() -> Mapping[str, str]:
    """Return every variable that ``make stack`` wrote, those of the installation among them."""
    words = (Path(os.environ["VAMP_STACK_DIR"]) / "stack.env").read_text().splitlines()
    found = (shlex.split(line.removeprefix("export ")) for line in words)
    return dict(word.split("=", 1) for each in found for word in each)


@contextmanager
def database() -> Iterator[str]:
    """Make a database for this run, give its URL, and drop it."""
    import MySQLdb

    admin = Dsn.parse(os.environ["VAMP_STACK_MYSQL_ADMIN_URL"])
    name = f"vamp_bench_{secrets.token_hex(4)}"

    def say(statement: str) -> None:
        with MySQLdb.connect(
            host=admin.host, port=admin.port or 3306, user=admin.username, password=admin.secret
        ) as connection:
            connection.cursor().execute(statement)

    say(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
    try:
        place = f"{quote(admin.username)}:{quote(admin.secret)}@{admin.host}:{admin.port or 3306}"
        yield f"mysql://{place}/{name}"
    finally:
        say(f"DROP DATABASE {name}")


@contextmanager
def clean_indices() -> Iterator[None]:
    """See that the benches' indices are not there, before the block and after it."""
    from vamp.drivers.elasticsearch.cluster import Cluster

    client = Cluster(Dsn.parse(metrics_url())).client

    def clear() -> None:
        for index in client.indices.get(index=f"{PREFIX}-*").body:
            client.indices.delete(index=index, ignore_unavailable=True)

    clear()
    try:
        yield
    finally:
        clear()
        client.options(ignore_status=404).indices.delete_index_template(name=f"{PREFIX}-*")


def is_needed_by(name: str) -> bool:
    """Tell whether a bench needs the servers: ``stack`` is one of the words of its name."""
    return "stack" in name.split(".")


def run_apart(names: Sequence[str], environ: Mapping[str, str], *, is_asked: bool) -> int:
    """Run benches that need the servers in another process: their Django has another database.

    Without the servers they are left out, which is said; it is an error where somebody asked for
    them by name.

    Returns:
        The exit code.
    """
    if not names:
        return 0
    if not is_there(environ):
        sys.stderr.write(f"left out: {', '.join(names)} ({HINT})\n")
        return 1 if is_asked else 0
    only = [word for name in names for word in ("--only", name)]
    return run([sys.executable, "-m", "tests.bench", *only], env=environ, check=False).returncode
