"""Empty places for the tour's stores, and a look into them past Vamp.

``python -m deploy.tour.places FOLDER make`` makes them and prints the shell's variables;
``look`` prints what lies in each; ``remove`` takes them away again. On this machine places are
files below the folder; with the variables of ``make stack``, databases of MariaDB and mounts of
Vault, each with an account that opens nothing else. Index prefixes and streams need no making.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from deploy.stack.errors import NotReady
from deploy.stack.http import Api

TENANTS = ("globex", "initech")
OWN = "vamp"
"""The installation itself."""

POLICY = """\
path "{mount}/*" {{ capabilities = ["create", "read", "update", "delete", "list"] }}
path "sys/mounts" {{ capabilities = ["read"] }}
path "sys/policies/acl/vamp-*" {{ capabilities = ["create", "read", "update", "delete"] }}
path "sys/policy/vamp-*" {{ capabilities = ["create", "read", "update", "delete"] }}
path "auth/approle/role" {{ capabilities = ["list"] }}
path "auth/approle/role/vamp-*" {{ capabilities = ["create", "read", "update", "delete", "list"] }}
"""
ROWS = "SELECT COUNT(*) FROM gateways_gateway"


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Do what the command line says; return 1 where a place is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m deploy.tour.places", description=__doc__)
    parser.add_argument("folder", type=Path, help="of the tour")
    parser.add_argument("action", choices=["make", "look", "remove"])
    chosen = parser.parse_args(arguments)
    is_real = "VAMP_STACK_VAULT_ADDR" in environ
    places: Files | Servers = Servers(chosen.folder, environ) if is_real else Files(chosen.folder)
    if chosen.action == "make":
        for name, value in places.make().items():
            print(f"export {name}={shlex.quote(value)}")  # noqa: T201  the shell reads it
    elif chosen.action == "look":
        for place, found in places.look():
            print(f"{place:<44} {found}")  # noqa: T201  a person reads it
    else:
        places.remove()
    return 0


@dataclass(frozen=True, slots=True)
class Files:
    """Places in the tour's folder; removing the folder removes them."""

    folder: Path

    def make(self) -> Mapping[str, str]:
        """Return where Globex's stores are to lie; the driver makes them."""
        return {
            "GLOBEX": "globex",
            "INITECH": "initech",
            "GLOBEX_DATABASE": f"sqlite://{self.folder}/globex.sqlite3",
            "GLOBEX_KV": f"file://{self.folder}/globex-kv",
            "GLOBEX_METRICS": "db:",
            "GLOBEX_EVENTS": "db:",
        }

    def look(self) -> Iterator[tuple[str, str]]:
        """Yield each place, and what lies in it."""
        for name in (f"state/{OWN}", "globex"):
            with closing(
                sqlite3.connect(f"file:{self.folder}/{name}.sqlite3?mode=ro", uri=True)
            ) as db:
                (count,) = db.execute(ROWS).fetchone()
            yield f"{name}.sqlite3", f"{count} gateways"
        for name in ("state/kv", "globex-kv"):
            count = sum(path.is_file() for path in (self.folder / name).rglob("*"))
            yield name, f"{count} files, encrypted"

    def remove(self) -> None:
        """Leave that to whoever removes the folder."""


class Servers:
    """Places on the real servers, under names that begin with a mark of this tour's own."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = environ
        self._mark_file = folder / "mark"
        token = Path(environ["VAMP_STACK_VAULT_ROOT_TOKEN_FILE"]).read_text().strip()
        self._vault = Api(environ["VAMP_STACK_VAULT_ADDR"], {"X-Vault-Token": token})
        self._search = Api(environ["VAMP_STACK_ELASTICSEARCH_ADDR"])

    def make(self) -> Mapping[str, str]:
        """Make three databases and three mounts; return the installation's and tenants' URLs."""
        mark = secrets.token_hex(3)
        self._mark_file.write_text(mark)
        found = {name.upper(): f"{name}-{mark}" for name in TENANTS}
        server = urlsplit(self._environ["VAMP_STACK_MYSQL_ADMIN_URL"])
        for name in (OWN, *TENANTS):
            password, key = self._database(name), self._mount(name)
            place = f"@{server.hostname}:{server.port}/{self._name(name, '_')}"
            metrics = self._prefixed("VAMP_METRICS_URL", name, "_")
            if name == OWN:
                broker = urlsplit(self._environ["VAMP_BROKER_URL"])
                found |= {
                    "VAMP_DATABASE_URL": f"mysql://{self._name(name, '_')}:{password}{place}",
                    "VAMP_BROKER_URL": broker._replace(path=f"/{1 + int(mark, 16) % 15}").geturl(),
                    "VAMP_KV_URL": self._prefixed("VAMP_KV_URL", name),
                    "VAMP_KV_KEY_FILE": self._kept(f"{name}.vault", key),
                    "VAMP_METRICS_URL": metrics,
                }
                continue
            found |= {
                f"{name.upper()}_DATABASE": f"mysql://{self._name(name, '_')}{place}",
                f"{name.upper()}_PASSWORD_FILE": self._kept(f"{name}.mysql", password),
                f"{name.upper()}_KV": self._prefixed("VAMP_KV_URL", name),
                f"{name.upper()}_KV_FILE": self._kept(f"{name}.vault", key),
                f"{name.upper()}_METRICS": metrics,
                f"{name.upper()}_EVENTS": self._environ["VAMP_EVENTS_URL"],
                f"{name.upper()}_EVENTS_FILE": self._environ["VAMP_EVENTS_KEY_FILE"],
            }
        return found

    def look(self) -> Iterator[tuple[str, str]]:
        """Yield each place, and what lies in it, as its own server says."""
        for name in (OWN, *TENANTS):
            database = self._name(name, "_")
            yield f"MariaDB, {database}", f"{self._sql(ROWS, database).strip()} gateways"
        for name in (OWN, *TENANTS):
            mount = self._name(name)
            answer = self._vault.ask("LIST", f"/v1/{mount}/metadata/")
            keys = answer.body["data"]["keys"] if answer.status == 200 else []
            yield f"Vault, {mount}/", ", ".join(keys) or "nothing"
        for name in TENANTS:
            indices = self._indices(name)
            yield f"Elasticsearch, {self._name(name, '_')}-…", f"{len(indices)} indices"

    def remove(self) -> None:
        """Drop databases, accounts, mounts, policies, indices and streams. Safe to repeat.

        A deletion of Vamp's leaves the archive of the audit trail, for it is kept.
        """
        if not self._mark_file.exists():
            return
        for name in (OWN, *TENANTS):
            database, mount = self._name(name, "_"), self._name(name)
            self._sql(f"DROP DATABASE IF EXISTS {database}; DROP USER IF EXISTS '{database}'@'%'")
            self._vault.ask("DELETE", f"/v1/sys/mounts/{mount}")
            self._vault.ask("DELETE", f"/v1/sys/policies/acl/{mount}")
            for index in self._indices(name):
                self._search.ask("DELETE", f"/{index}")
            for template in self._search.do("GET", "/_index_template")["index_templates"]:
                if template["name"].startswith(database):
                    self._search.ask("DELETE", f"/_index_template/{template['name']}")

        self._remove_streams([f"{name}-{self._mark_file.read_text()}" for name in TENANTS])

    def _remove_streams(self, organisations: Sequence[str]) -> None:
        """Remove what a tour that was broken off has left, or an event from after a deletion."""
        from vamp.drivers.events.jetstream_streams import ApiRefused, ask, dead_stream_of, stream_of
        from vamp.drivers.events.nats_connection import NatsConnection
        from vamp.dsn import Dsn

        key = Path(self._environ["VAMP_EVENTS_KEY_FILE"]).read_text()
        nats = NatsConnection(Dsn.parse(self._environ["VAMP_EVENTS_URL"]), key=key)
        for each in organisations:
            for stream in (stream_of(each), dead_stream_of(each)):
                with suppress(ApiRefused):  # there is none
                    nats.call(partial(ask, what=f"STREAM.DELETE.{stream}"), timeout_s=10)
        nats.close()

    def _indices(self, name: str) -> Sequence[str]:
        path = f"/_cat/indices/{self._name(name, '_')}*?format=json"
        return [row["index"] for row in self._search.do("GET", path) or []]

    def _name(self, name: str, dash: str = "-") -> str:
        return dash.join(("tour", self._mark_file.read_text(), name))

    def _prefixed(self, variable: str, name: str, dash: str = "-") -> str:
        """Return a URL of the stack that names another mount, or prefix, there."""
        url = urlsplit(self._environ[variable])
        return url._replace(path=f"/{self._name(name, dash)}").geturl()

    def _database(self, name: str) -> str:
        """Make a database with an account of its own; return the password."""
        database, password = self._name(name, "_"), secrets.token_hex(12)
        self._sql(
            f"CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"
            f"CREATE USER '{database}'@'%' IDENTIFIED BY '{password}';"
            f"GRANT ALL ON {database}.* TO '{database}'@'%'"
        )
        return password

    def _mount(self, name: str) -> str:
        """Mount a KV of version 2 with a token that opens nothing else; return the key."""
        mount = self._name(name)
        kind = {"type": "kv", "options": {"version": "2"}}
        self._vault.do("POST", f"/v1/sys/mounts/{mount}", kind)
        policy = {"policy": POLICY.format(mount=mount)}
        self._vault.do("PUT", f"/v1/sys/policies/acl/{mount}", policy)
        asked = {"policies": [mount], "period": "24h", "no_parent": True}
        made = self._vault.do("POST", "/v1/auth/token/create", asked)
        return f"token:{made['auth']['client_token']}"

    def _kept(self, name: str, secret: str) -> str:
        path = self._folder / name
        path.touch(mode=0o600)
        path.write_text(secret)
        return str(path)

    def _sql(self, statements: str, database: str = "") -> str:
        """Run statements as the server's administrator and return what they print."""
        url = urlsplit(self._environ["VAMP_STACK_MYSQL_ADMIN_URL"])
        found = subprocess.run(  # noqa: S603 the client of the server that we started
            [
                *("mariadb", "--no-defaults", "--protocol=tcp", f"--host={url.hostname}"),
                *(f"--port={url.port}", f"--user={url.username}", "--batch", "--skip-column-names"),
                *("--execute", statements),
                *([database] if database else []),
            ],
            env={**os.environ, "MYSQL_PWD": str(url.password)},
            capture_output=True,
            text=True,
            check=False,
        )
        if found.returncode:
            raise NotReady(found.stderr.strip())
        return found.stdout


if __name__ == "__main__":
    sys.exit(main())
