from gateways.access import shift_of
from gateways.domain.shift import FREELY, Shift
from tenants.labels import target_in
from tests.factories import given, user_of


def test_shift_of__role_and_limit__say_how_far(environment):
    shop = target_in(environment, "gateway", "shop")
    trainee = user_of(environment.organisation, "tim", role="")
    given(environment.organisation, role="operator", user=trainee.login, max_weight=1_000)
    trainee.refresh_from_db()

    assert shift_of(trainee, shop) == Shift(is_allowed=True, most=1_000)
    assert shift_of(user_of(environment.organisation, "ola", role="operator"), shop) == FREELY
    assert not shift_of(user_of(environment.organisation, "vi", role="viewer"), shop).is_allowed
