import pytest

from tenants.models import Environment
from tenants.services import moves
from tests.factories import ACTOR
from tests.tenants.storages import gone_on

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


def test_switch__somebody_named_another_store_meanwhile__ends_the_move(tenants):
    environment = tenants[0].environment

    def passing(point):
        if point == "switching":
            Environment.objects.filter(pk=environment.pk).update(events_url="db:?y=1")

    move = gone_on(moves.begin(environment, "events", "db:?x=1", actor=ACTOR), passing=passing)

    environment.refresh_from_db()
    assert move.state == "failed"
    assert "names another event stream by now" in move.error
    assert environment.events_url == "db:?y=1"
