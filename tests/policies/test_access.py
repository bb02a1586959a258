import pytest

from gateways.domain.shift import FREELY
from policies.access import RIGHT_FOR, Caller, Vamp
from policies.domain.intervention import Action
from tenants.domain.rights import ALL
from tests.factories import given, user_of
from vamp.errors import NotAllowed, NotFound


def test_right_for__every_action__needs_a_known_right():
    assert RIGHT_FOR.keys() == {*Action}
    assert {*RIGHT_FOR.values()} <= ALL


def test_require__caller__as_bindings_say(environment):
    viewer = user_of(environment.organisation, "vi", role="viewer")
    stranger = user_of(environment.organisation, "al", role="")

    Caller(viewer, environment).require("policy.view", "canary")
    with pytest.raises(NotAllowed):
        Caller(viewer, environment).require("policy.change", "canary")
    with pytest.raises(NotFound):
        Caller(stranger, environment).require("policy.change", "canary")


def test_shift__caller_with_a_limit_on_one_gateway__only_there(environment):
    user = user_of(environment.organisation, "tim", role="viewer")
    given(
        environment.organisation, role="operator", user=user.login, max_weight=500,
        environment=environment.name, object="gateway/shop",
    )  # fmt: skip
    user.refresh_from_db()
    caller = Caller(user, environment)

    assert caller.shift("shop").most == 500
    assert not caller.shift("web").is_allowed


def test_vamp__itself__may_do_everything():
    Vamp().require("gateway.delete", "shop")

    assert Vamp().shift("shop") == FREELY
