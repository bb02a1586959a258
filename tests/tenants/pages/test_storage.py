import pytest
from django.test import Client

from tenants.services import moves

HERE = "/admin/environments/acme/production/storage/"


@pytest.fixture
def visit(environment, platform_administrator):
    client = Client()
    client.force_login(platform_administrator)
    return client


def test_page__of_an_environment__shows_stores_and_the_form(visit, environment):
    page = visit.get(HERE)

    assert page.status_code == 200
    assert environment.database in page.content.decode()
    assert "Move a store" in page.content.decode()


def test_page__for_a_member__has_no_form(environment, person):
    client = Client()
    client.force_login(person)

    assert "Move a store" not in client.get(HERE).content.decode()
    client.post(HERE, {"kind": "events", "to": "db:?x=1", "begin": "1"})
    assert moves.due() == []


def test_move__after_its_preview__is_begun_and_cancelled(visit):
    wanted = {"kind": "events", "to": "db:?x=1"}
    preview = visit.post(HERE, wanted).content.decode()
    assert "Begin the move" in preview
    assert moves.due() == []

    visit.post(HERE, {**wanted, "begin": "1"})
    (move,) = moves.due()
    shown = visit.get(f"{HERE}?fragment=1").content.decode()
    assert f"{move.pk}/cancel/" in shown
    assert "0 of 0" not in shown  # nothing is counted yet
    visit.post(f"{HERE}{move.pk}/cancel/")

    assert moves.run(move).state == "cancelled"
    assert "cancelled" in visit.get(HERE).content.decode()


def test_move__in_use__can_be_finished(visit):
    visit.post(HERE, {"kind": "events", "to": "db:?x=1", "begin": "1"})
    (move,) = moves.due()
    moves.run(move)
    assert "Nobody uses the old one: finish" in visit.get(HERE).content.decode()

    visit.post(f"{HERE}{move.pk}/finish/")

    assert moves.run(move).state == "done"


def test_move__that_cannot_be__says_why(visit):
    page = visit.post(HERE, {"kind": "kv", "to": "redis://x"}).content.decode()

    assert "edis: is no key-value store" in page
    assert "Begin the move" not in page
