import pytest

from tenants.services import moves
from tenants.storage import shown, stores_of
from tests.factories import ACTOR

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


def test_stores_of__an_environment__say_where_and_who_says_so(environment):
    environment.organisation.metrics_url = "elasticsearch://es.example.test/acme?tls=off"
    environment.kv_url = "vault://v.example.test/own"
    move = moves.begin(environment, "events", "db:?x=1", actor=ACTOR)

    found = {each.kind: each for each in stores_of(environment)}

    assert found["database"].name == environment.database
    assert (found["kv"].whose, found["metrics"].whose) == ("environment", "organisation")
    assert found["metrics"].url == "elasticsearch://es.example.test/acme"
    assert found["events"].move == move
    assert found["events"].whose == "installation"


def test_shown__a_url__tells_no_secret():
    assert shown("mysql://u:hunter2@h/x") == "mysql://u:***@h/x"
    assert shown("") == ""
