"""Settings of the test suite on a real MySQL or MariaDB: two databases, made for one run.

`VAMP_STACK_MYSQL_ADMIN_URL` names the server and an account that may make databases. Each run, and
each worker of pytest-xdist, makes databases of its own, which pytest-django drops at the end.
"""

import os

from tests.settings import *
from vamp.database_url import described
from vamp.dsn import Dsn

_admin = Dsn.parse(os.environ["VAMP_STACK_MYSQL_ADMIN_URL"])
_run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:8]


def _mysql(name: str) -> dict[str, object]:
    described_so = described(f"mysql://{_admin.host}:{_admin.port}/vamp_{_run}_{name}")
    return described_so | {"USER": _admin.username, "PASSWORD": _admin.secret}


DATABASES = {alias: _mysql(alias) for alias in ("default", "dedicated")}
