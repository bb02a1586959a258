from __future__ import annotations

import pytest

from gateways.models import Gateway
from gateways.services.publication import publish_stale, request_publication
from tenants.connections import installation_kv, kv_at, kv_for
from tenants.services import moves
from tenants.services.moving import kv as road
from tests.factories import ACTOR
from tests.tenants.storages import Crash, crashing_at, gone_on
from vamp.errors import Invalid

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])

NAMES = ("acme", "production")


def held(kv):
    return {key: kv.get(key).value for key in road.published_keys(kv, NAMES)}


@pytest.fixture
def place(tenants, tmp_path):
    """Tenants whose gateways are published, and the URL of another store."""
    for each in tenants:
        publish_stale(each.environment)
    return tenants, f"file://{tmp_path}/other"


def began(tenants, url):
    return moves.begin(tenants[0].environment, "kv", url, actor=ACTOR)


def test_move__begun__publishes_to_both_until_it_is_finished(place):
    tenants, url = place
    environment = tenants[0].environment
    before = held(installation_kv())

    move = gone_on(began(tenants, url))
    environment.refresh_from_db()
    old, new = kv_at(environment, ""), kv_at(environment, url)

    assert (move.state, environment.kv_url) == ("following", url)
    assert held(new) == held(old) == before
    assert len(before) == 3  # two gateways and the manifest

    gateway = Gateway.objects.in_environment(environment).get(name="shop")
    gateway.environment = environment
    request_publication(gateway, actor=ACTOR)
    publish_stale(environment)

    assert held(new) == held(old) != before

    moves.finish(move, actor=ACTOR)
    move = gone_on(move)
    environment.refresh_from_db()

    assert (move.state, environment.kv_old_url) == ("done", "")
    assert held(old) == {}
    assert len(held(new)) == 3


def test_move__of_one__leaves_the_others_of_the_store(place):
    tenants, url = place
    theirs = {
        k: installation_kv().get(k).value for k in installation_kv().keys("globex/production")
    }

    move = gone_on(began(tenants, url))
    moves.finish(move, actor=ACTOR)
    gone_on(move)

    assert theirs == {
        k: installation_kv().get(k).value for k in installation_kv().keys("globex/production")
    }
    assert theirs


def test_move__there_and_back__ends_where_it_began(place):
    tenants, url = place
    environment = tenants[0].environment
    before = held(installation_kv())
    for target in (url, ""):
        move = gone_on(moves.begin(environment, "kv", target, actor=ACTOR))
        moves.finish(move, actor=ACTOR)
        assert gone_on(move).state == "done"
        environment.refresh_from_db()

    assert held(installation_kv()) == before
    assert held(kv_at(environment, url)) == {}


@pytest.mark.parametrize(
    "point", ["check", "copied", "copy", "switching", "switched", "switch", "settling", "settle"]
)
def test_move__killed_at_any_point__goes_on(place, point):
    tenants, url = place
    environment = tenants[0].environment
    before = held(installation_kv())
    move = began(tenants, url)
    with pytest.raises(Crash):
        gone_on(move, passing=crashing_at(point))

    move = gone_on(move)

    environment.refresh_from_db()
    assert move.state == "following"
    assert held(kv_for(environment)) == before


@pytest.mark.parametrize("point", ["removed", "clear"])
def test_clearing__killed__goes_on(place, point):
    tenants, url = place
    move = gone_on(began(tenants, url))
    moves.finish(move, actor=ACTOR)
    with pytest.raises(Crash):
        gone_on(move, passing=crashing_at(point))

    assert gone_on(move).state == "done"
    assert held(installation_kv()) == {}


def test_begin__the_same_store_by_another_name__ends_before_anything_is_lost(place, settings):
    tenants, _ = place
    before = held(installation_kv())
    same = settings.KV_URL.replace("file:///", "file:////")

    move = gone_on(began(tenants, same))

    assert (move.state, move.error) == ("failed", "both URLs name the same store")
    assert held(installation_kv()) == before


def test_begin__a_url_with_a_secret__is_refused(place):
    with pytest.raises(Invalid, match="holds no secret"):
        began(place[0], "vault://:token@vault:8200/x")


def test_cancel__while_it_is_copied__removes_the_copies(place):
    tenants, url = place
    move = began(tenants, url)
    with pytest.raises(Crash):
        gone_on(move, passing=crashing_at("copy"))
    moves.cancel(move, actor=ACTOR)

    assert gone_on(move).state == "cancelled"
    assert held(kv_at(tenants[0].environment, url)) == {}
    assert len(held(installation_kv())) == 3
