import pytest

from deploy.stack.builds.cache import Cache
from deploy.stack.components.mariadb import MariaDb
from deploy.stack.context import Context
from deploy.stack.ports import Ports
from vamp.dsn import Dsn


@pytest.fixture
def mariadb(state):
    return MariaDb(Context(state, Ports(state), Cache(state.folder / "cache", [])))


def test_init_file__as_the_server_reads_it__has_a_statement_a_line_and_no_account_left_open(
    mariadb, state
):
    mariadb.prepare()

    path = state.folder / "mariadb" / "init.sql"
    lines = path.read_text().splitlines()
    assert all(line.endswith(";") and line.count(";") == 1 for line in lines)
    assert "DELETE FROM mysql.global_priv WHERE User IN ('root', '');" in lines
    assert path.stat().st_mode & 0o777 == 0o600


def test_variables__of_the_product__open_its_databases_and_the_admins_are_others(mariadb):
    urls = {name: Dsn.parse(url) for name, url in mariadb.variables().items()}

    product, admin = urls["VAMP_DATABASE_URL"], urls["VAMP_STACK_MYSQL_ADMIN_URL"]
    assert (product.scheme, product.username, product.path) == ("mysql", "vamp", "/vamp")
    assert urls["VAMP_STACK_MYSQL_DEDICATED_URL"].path == "/vamp_dedicated"
    assert admin.username != product.username
    assert admin.secret != product.secret
