import pytest

from gateways.models import Route
from policies.documents.read import policy_from_value
from policies.domain.intervention import Action, Intervention
from policies.models import Decision, Release
from policies.services.documents import put_policy
from policies.services.releases import intervene_in, start_release
from tests.factories import gateway_with
from tests.policies.services.test_ticking import POLICY
from vamp.errors import Conflict, Invalid


@pytest.fixture
def gateway(environment):
    put_policy(environment, policy_from_value(POLICY).document, actor="ana")
    return gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0}, policy="canary")


def weights(environment):
    return dict(Route.objects.in_environment(environment).values_list("version", "weight"))


def test_start_release__by_the_gateways_policy__first_split_is_asked_for(environment, gateway):
    release = start_release(gateway, target="shop-1.1.0", actor="ana")

    assert (release.number, release.source, release.status) == (1, "shop-1.0.0", "running")
    assert weights(environment) == {"1.0.0": 9_000, "1.1.0": 1_000}
    assert release.weights_generation == gateway.generation + 1


def test_start_release__while_one_is_under_way__is_refused_and_nothing_written(
    environment, gateway
):
    start_release(gateway, target="shop-1.1.0", actor="ana")

    with pytest.raises(Conflict, match="under way"):
        start_release(gateway, target="shop-1.1.0", actor="bo")

    assert Release.objects.in_environment(environment).count() == 1
    assert weights(environment)["1.1.0"] == 1_000


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": "nowhere"}, "no route 'nowhere'"),
        ({"target": "shop-1.0.0"}, "has the traffic already"),
        ({"target": "shop-1.0.0", "source": "shop-1.1.0"}, "has no traffic"),
        ({"target": "shop-1.1.0", "policy": "unknown"}, "no release policy unknown"),
    ],
)
def test_start_release__wrong_route_or_policy__says_which(environment, gateway, options, words):
    with pytest.raises(Invalid, match=words):
        start_release(gateway, actor="ana", **options)


def test_intervene__abort__source_has_everything_and_the_word_is_kept(environment, gateway):
    release = start_release(gateway, target="shop-1.1.0", actor="ana")

    after = intervene_in(release, Intervention(Action.ABORT, "bo", "complaints"))

    assert after.status == "rolling_back"
    assert weights(environment) == {"1.0.0": 10_000, "1.1.0": 0}
    last = Decision.objects.in_environment(environment).last()
    assert (last.actor, last.sentence) == ("bo", "bo aborted the release: complaints")


def test_intervene__pause_twice__second_changes_nothing(environment, gateway):
    release = start_release(gateway, target="shop-1.1.0", actor="ana")
    once = intervene_in(release, Intervention(Action.PAUSE, "bo"))

    twice = intervene_in(once, Intervention(Action.PAUSE, "bo"))

    assert twice.state_version == once.state_version


def test_intervene__approve_a_running_step__is_refused(environment, gateway):
    release = start_release(gateway, target="shop-1.1.0", actor="ana")

    with pytest.raises(Conflict):
        intervene_in(release, Intervention(Action.APPROVE, "bo"))
