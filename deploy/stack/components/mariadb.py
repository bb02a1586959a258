"""MariaDB: two databases, the product's account, and one that may do everything, for tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from deploy.stack.component import Server
from deploy.stack.context import Context
from deploy.stack.errors import NotReady
from deploy.stack.ports import LOOPBACK
from deploy.stack.processes import Launch
from deploy.stack.programs import find, give, run, unprivileged
from deploy.stack.state import write_private

PACKAGE = "mariadb-server"
DATABASE = "vamp"
DEDICATED = "vamp_dedicated"
USER = "vamp"
ADMIN = "vamp_admin"
PROBE_TIMEOUT_S = 10


class MariaDb:
    """One server on loopback. Accounts and databases are made by its init file at every start."""

    name = "mariadb"
    builds: Sequence[str] = ()

    def __init__(self, context: Context) -> None:
        self._state = context.state
        self._port = context.ports.of("mariadb")
        self._folder = context.state.of("mariadb")
        self._data = self._folder / "data"
        self._init_file = self._folder / "init.sql"
        self._password = context.state.secret("mariadb-password")
        self._admin_password = context.state.secret("mariadb-admin-password")

    def servers(self) -> Sequence[Server]:
        return [Server(self.name, self._port, self._launch, self._probe)]

    def prepare(self) -> None:
        write_private(self._init_file, self._init_sql())

    def furnish(self) -> None:
        """Nothing is left to do: the init file has done it."""

    def check(self) -> None:
        """Its server's probe says all."""

    def variables(self) -> Mapping[str, str]:
        server = f"{LOOPBACK}:{self._port}"
        product = f"mysql://{USER}:{self._password}@{server}"
        return {
            "VAMP_DATABASE_URL": f"{product}/{DATABASE}",
            "VAMP_STACK_MYSQL_DEDICATED_URL": f"{product}/{DEDICATED}",
            "VAMP_STACK_MYSQL_ADMIN_URL": f"mysql://{ADMIN}:{self._admin_password}@{server}/",
        }

    def _launch(self) -> Launch:
        user = unprivileged("mysql", self._folder)
        account = [f"--user={user or 'root'}"] if os.geteuid() == 0 else []
        if not self._data.exists():
            self._install(account)
        give(self._folder, user)
        return Launch(
            [find("mariadbd", package=PACKAGE), "--no-defaults", *account, *self._options()],
            folder=self._folder,
            log=self._state.log(self.name),
        )

    def _install(self, account: Sequence[str]) -> None:
        """Make the data folder, with administrators that the init file takes away again."""
        draft = self._folder / "draft"  # of an installation that may have been broken off
        shutil.rmtree(draft, ignore_errors=True)
        run(
            [
                find("mariadb-install-db", package=PACKAGE),
                "--no-defaults",
                f"--datadir={draft}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                *account,
            ],
            log=self._state.log("mariadb-install"),
        )
        draft.rename(self._data)

    def _options(self) -> Sequence[str]:
        return [
            f"--datadir={self._data}",
            # Relative to the data folder: the path of a socket may not exceed 107 characters.
            "--socket=server.sock",
            "--pid-file=server.pid",
            f"--bind-address={LOOPBACK}",
            f"--port={self._port}",
            f"--init-file={self._init_file}",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci",
            "--transaction-isolation=READ-COMMITTED",
            "--innodb-flush-log-at-trx-commit=0",  # for speed: only a crash of the machine loses
            "--skip-name-resolve",
            "--max-connections=500",
        ]

    def _probe(self) -> None:
        """Ask for one row over TCP, as the product does."""
        client = [
            find("mariadb", package="mariadb-client"),
            "--no-defaults",
            "--protocol=tcp",
            f"--host={LOOPBACK}",
            f"--port={self._port}",
            f"--user={USER}",
            "--connect-timeout=5",
            "--execute=SELECT 1",
            DATABASE,
        ]
        try:
            asked = subprocess.run(  # noqa: S603 the client of the server that we started
                client,
                env={**os.environ, "MYSQL_PWD": self._password},
                capture_output=True,
                text=True,
                check=False,
                timeout=PROBE_TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            raise NotReady(f"no answer within {PROBE_TIMEOUT_S} s") from None
        if asked.returncode != 0:
            raise NotReady(asked.stderr.strip())

    def _init_sql(self) -> str:
        """One statement a line, as the server wants its init file."""
        databases = [
            f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
            for name in (DATABASE, DEDICATED)
        ]
        accounts = [
            line
            for user, password in ((USER, self._password), (ADMIN, self._admin_password))
            for line in (
                f"CREATE USER IF NOT EXISTS '{user}'@'%'",
                f"ALTER USER '{user}'@'%' IDENTIFIED BY '{password}'",
            )
        ]
        grants = [
            *(f"GRANT ALL ON {name}.* TO '{USER}'@'%'" for name in (DATABASE, DEDICATED)),
            f"GRANT ALL ON *.* TO '{ADMIN}'@'%' WITH GRANT OPTION",
        ]
        # Fresh data has administrators without a password.
        closed = ["DELETE FROM mysql.global_priv WHERE User IN ('root', '')", "FLUSH PRIVILEGES"]
        return "".join(f"{line};\n" for line in [*databases, *closed, *accounts, *grants])
