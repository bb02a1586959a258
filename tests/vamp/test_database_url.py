from __future__ import annotations

import pytest

from vamp.database_url import described
from vamp.errors import Invalid


def test_described__sqlite__waits_for_other_writers_from_the_beginning():
    found = described("sqlite:///var/vamp.sqlite3")

    assert found["NAME"] == "/var/vamp.sqlite3"
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_described__mysql__is_strict_reads_what_is_committed_and_gives_up_in_time():
    found = described("mysql://vamp:s%2Fe@db.example.com:3307/vamp")

    place = {name: found[name] for name in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")}
    assert place == {
        "ENGINE": "vamp.mysql",
        "NAME": "vamp",
        "USER": "vamp",
        "PASSWORD": "s/e",
        "HOST": "db.example.com",
        "PORT": 3307,
    }
    options = found["OPTIONS"]
    assert options["charset"] == "utf8mb4"
    assert options["isolation_level"] == "read committed"
    assert "STRICT_ALL_TABLES" in options["init_command"]
    assert 0 < options["connect_timeout"] < options["read_timeout"] == options["write_timeout"]
    assert "ssl" not in options


def test_described__mysql_with_options__takes_files_and_seconds():
    url = "mysql://vamp@db/vamp?ssl-ca=/ca.pem&ssl-cert=/c.pem&ssl-key=/k.pem&read-timeout=90"

    options = described(url)["OPTIONS"]

    assert options["ssl"] == {"ca": "/ca.pem", "cert": "/c.pem", "key": "/k.pem"}
    assert options["ssl_mode"] == "VERIFY_IDENTITY"
    assert options["read_timeout"] == options["write_timeout"] == 90


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgres://db/vamp", "allowed schemes: sqlite:, mysql:"),
        ("mysql:///vamp", "names no host"),
        ("mysql://u:hunter2@db", "one database's name"),
        ("mysql://u:hunter2@db/a/b", "one database's name"),
        ("mysql://u:hunter2@db/vamp?charset=latin1", "charset is no option of mysql:"),
        ("mysql://u:hunter2@db/vamp?read-timeout=soon", "whole seconds"),
        ("mysql://u:hunter2@db/vamp?connect-timeout=0", "whole seconds"),
        ("mysql://u:hunter2@db/vamp?ssl-cert=/c.pem", "ssl-cert and ssl-key go together"),
        ("mysql://u:hunter2@db/vamp?ssl-cert=/c.pem&ssl-key=/k.pem", "ssl-ca is missing"),
    ],
)
def test_described__url_is_wrong__says_what_without_the_password(url, told):
    with pytest.raises(Invalid) as caught:
        described(url)

    assert told in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_described__several_faults__are_all_told():
    with pytest.raises(Invalid) as caught:
        described("mysql://?charset=latin1")

    assert len(caught.value.faults) == 3
