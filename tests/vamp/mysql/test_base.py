"""The backend on a MariaDB of its own: connections are reused, lost, killed, encrypted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from tests.rivals import Rival
from tests.servers import MariaDb, folder, make_certificates
from vamp.contention import is_away
from vamp.database_url import described
from vamp.models import NamedLock
from vamp.mysql.pool import close_all_idle

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def certificates() -> Iterator:
    """An authority, and a certificate of its for 127.0.0.1."""
    with folder() as path:
        make_certificates(path)
        yield path


@pytest.fixture(scope="module")
def server(certificates):
    with folder() as path:
        server = MariaDb(path, tls=certificates)
        server.start()
        yield server
        server.kill()


@pytest.fixture(autouse=True)
def may_connect(django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def open_at():
    """Open a connection as one thread has it."""
    opened = []

    def at(url):
        handler = ConnectionHandler({"default": described(url)})
        opened.append(handler["default"])
        return opened[-1]

    yield at
    for connection in opened:
        connection.close()
    close_all_idle()


def asked(connection, sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


def test_connection__closed_and_opened_in_another_thread__is_the_same_one(server, open_at):
    first = open_at(server.url)
    number = asked(first, "SELECT CONNECTION_ID()")
    first.close()

    def elsewhere():
        connection = ConnectionHandler({"default": described(server.url)})["default"]
        try:
            return asked(connection, "SELECT CONNECTION_ID()")
        finally:
            connection.close()

    assert Rival(elsewhere).outcome() == number


def test_connection__from_the_pool__asks_nothing_but_the_question(server, open_at):
    connection = open_at(server.url)
    asked(connection, "SELECT 1")
    connection.close()
    again = open_at(server.url)
    before = int(asked(again, "SHOW SESSION STATUS LIKE 'Questions'")[1])
    again.close()
    third = open_at(server.url)
    after = int(asked(third, "SHOW SESSION STATUS LIKE 'Questions'")[1])

    assert after - before == 1


def test_connection__of_ours__is_strict_and_reads_what_is_committed(server, open_at):
    connection = open_at(server.url)

    mode, isolation, client = asked(
        connection, "SELECT @@sql_mode, @@tx_isolation, @@character_set_client"
    )

    assert "STRICT_ALL_TABLES" in mode
    assert isolation == "READ-COMMITTED"
    assert client == "utf8mb4"


def test_close__in_the_middle_of_a_transaction__does_not_give_it_to_another(server, open_at):
    connection = open_at(server.url)
    asked(connection, "SELECT 1")
    connection.set_autocommit(False)
    number = asked(connection, "SELECT CONNECTION_ID()")
    connection.close()

    assert asked(open_at(server.url), "SELECT CONNECTION_ID()") != number


def test_connection__killed_while_idle__is_not_handed_out_again(server, open_at):
    killer, connection = open_at(server.url), open_at(server.url)
    asked(killer, "SELECT 1")
    (number,) = asked(connection, "SELECT CONNECTION_ID()")
    connection.close()
    killer.cursor().execute(f"KILL {number}")

    (theirs,) = asked(open_at(server.url), "SELECT CONNECTION_ID()")

    assert theirs != number


def test_connection__killed_in_a_transaction__is_told_and_nothing_is_kept(server, open_at):
    connection = open_at(server.url)
    with connection.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE kept (n INT) ENGINE=InnoDB")
    connection.set_autocommit(False)
    (number,) = asked(connection, "SELECT CONNECTION_ID()")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kept VALUES (1)")
    open_at(server.url).cursor().execute(f"KILL {number}")

    with pytest.raises(OperationalError) as caught:
        asked(connection, "SELECT 1")

    assert is_away(caught.value)
    connection.close()
    assert asked(open_at(server.url), "SELECT COUNT(*) FROM kept") == (0,)


def test_server__restarted__idle_connections_are_replaced_unnoticed(server, open_at):
    connection = open_at(server.url)
    asked(connection, "SELECT 1")
    connection.close()

    server.restart()

    assert asked(open_at(server.url), "SELECT 1") == (1,)


def test_server__away__is_told_within_the_time_out(server, open_at):
    server.kill()
    try:
        with pytest.raises(OperationalError) as caught:
            asked(open_at(server.url), "SELECT 1")
        assert is_away(caught.value)
    finally:
        server.start()


def test_tls__authority_is_right__is_encrypted(server, open_at, certificates):
    connection = open_at(f"{server.url}?ssl-ca={certificates}/ca.pem")

    assert asked(connection, "SHOW SESSION STATUS LIKE 'Ssl_cipher'")[1]


def test_tls__authority_is_another__is_refused(server, open_at, certificates):
    with pytest.raises(OperationalError):
        asked(open_at(f"{server.url}?ssl-ca={certificates}/other.pem"), "SELECT 1")


def test_tables__in_a_database_with_a_careless_default__compare_exactly(server, open_at):
    connection = open_at(server.url)
    with connection.schema_editor() as editor:
        editor.create_model(NamedLock)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO vamp_namedlock VALUES ('a'), ('A'), ('ä'), ('🛒')")

    assert asked(connection, "SELECT COUNT(*) FROM vamp_namedlock WHERE name = 'A'") == (1,)
