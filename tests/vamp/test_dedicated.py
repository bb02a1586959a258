import pytest
from django.db import connections

from tests.tenants.storages import cleaned
from vamp import databases, dedicated
from vamp.dedicated import Known, Learnt, learnt

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


@pytest.fixture(autouse=True)
def nothing_is_left(db):
    with cleaned():
        yield


def a(alias="acme-own", path="/nowhere/x.sqlite3", **more):
    return Known(alias, f"sqlite://{path}", **more)


def test_learn__a_database__is_known_to_django_with_all_defaults():
    learnt.learn(a())

    assert connections["acme-own"].settings_dict["NAME"] == "/nowhere/x.sqlite3"
    assert "acme-own" in databases.aliases()
    assert learnt.is_learnt("acme-own")
    assert not learnt.is_learnt("default")


def test_learn__one_that_is_not_ready__is_nobodys_to_look_at():
    learnt.learn(a(is_ready=False))

    assert "acme-own" in connections.settings
    assert "acme-own" not in databases.aliases()


def test_learn__while_somebody_walks_through_all__does_not_disturb_them():
    walk = iter(connections)
    next(walk)

    learnt.learn(a())

    assert "acme-own" not in list(walk)


def test_learn__reached_otherwise__connections_follow():
    learnt.learn(a())
    held = connections["acme-own"]

    learnt.learn(a(path="/nowhere/y.sqlite3"))

    assert held.settings_dict["NAME"] == "/nowhere/y.sqlite3"


def test_learn__by_the_name_of_one_of_the_settings__changes_nothing():
    before = connections.settings["default"]["NAME"]

    learnt.learn(a("default"))

    assert connections.settings["default"]["NAME"] == before


def test_look__those_that_are_gone__are_forgotten(settings, monkeypatch):
    found = [a()]
    monkeypatch.setattr(dedicated, "import_string", lambda path: lambda: found)
    learnt.look()
    assert "acme-own" in connections.settings

    found.clear()
    learnt.look()

    assert "acme-own" not in connections.settings


def test_meet__one_of_the_settings__asks_nobody(monkeypatch):
    monkeypatch.setattr(dedicated, "import_string", lambda path: pytest.fail("asked"))

    Learnt().meet("default")


def test_known__shown__tells_no_password():
    assert "hunter2" not in repr(Known("x", "mysql://u@h/x", "hunter2"))
    found = Known("x", "mysql://u@h/x", "hunter2").description()
    assert found["PASSWORD"] == "hunter2"


def test_forget__never_opened_and_its_driver_missing__goes():
    learnt.learn(a())
    described = connections.settings["acme-own"]
    described["ENGINE"] = "of.a.driver.that.is.not.installed"

    learnt.forget("acme-own")

    assert "acme-own" not in connections.settings
