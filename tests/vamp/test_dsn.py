import pytest

from vamp.dsn import Dsn
from vamp.errors import Invalid


def test_parse__everything__is_taken_apart():
    dsn = Dsn.parse("vault://me:s%40cret@vault.test:8200/secret/kv?tls=off&a=1")

    assert (dsn.scheme, dsn.host, dsn.port, dsn.path) == ("vault", "vault.test", 8200, "/secret/kv")
    assert (dsn.username, dsn.secret, dsn.options) == ("me", "s@cret", {"tls": "off", "a": "1"})


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("db:", "db:"),
        ("file:///var/lib", "file:///var/lib"),
        ("local:services", "local:services"),
        ("nats://:token@[::1]:4222", "nats://:***@[::1]:4222"),
    ],
)
def test_str__of_a_url__is_readable_and_hides_the_secret(url, shown):
    dsn = Dsn.parse(url)

    assert str(dsn) == shown
    assert "token" not in repr(dsn)


@pytest.mark.parametrize("url", ["", "no-scheme", "x://h:99999/", "x://h:port/"])
def test_parse__nonsense__is_refused_without_repeating_it(url):
    with pytest.raises(Invalid, match="not a connection URL") as caught:
        Dsn.parse(url)

    assert not url or url not in str(caught.value)


@pytest.mark.parametrize("url", ["x://me:hunter/2@h", "x://me:1hunter?2@h", "x://[hunter2/"])
def test_parse__secret_taken_for_a_port_or_host__is_not_shown(url):
    with pytest.raises(Invalid) as caught:
        Dsn.parse(url)

    assert "hunter" not in str(caught.value)
    assert "percent-encode" in caught.value.faults[0].hint
