from __future__ import annotations

from datetime import timedelta

from tenants.models import ApiToken, User
from tenants.models.principal import ServiceAccount
from tenants.services.explaining import asked_of, shown
from tenants.services.tokens import create_token
from tests.factories import ACTOR, GatewayFactory, given, organisation_named, user_of


def read(user):
    return User.objects.select_related("organisation").get(pk=user.pk)


def test_asked_of__allowed_by_labels__names_the_binding_and_its_limits(environment, now):
    acme = environment.organisation
    user = user_of(acme, "bo", role="")
    end = now + timedelta(hours=1)
    binding = given(
        acme, role="operator", user=user.login, environment=environment.name,
        selector="team=web", max_weight=2_500, expires_at=end,
    )  # fmt: skip
    GatewayFactory.create(environment=environment, metadata={"team": "web"})
    GatewayFactory.create(environment=environment, name="other")

    answer = shown(asked_of(read(user), "gateway.release", acme, environment, "shop"))

    assert answer == {
        "allowed": True,
        "right": "gateway.release",
        "reason": "role operator was given to user acme/bo on what is labelled team=web in"
        " environment production",
        "because": {
            "binding": binding.pk,
            "role": "operator",
            "subject": "user acme/bo",
            "scope": "what is labelled team=web in environment production",
            "expires_at": end.isoformat(),
            "max_weight": "25%",
        },
    }
    for name in ("other", "nothing", ""):
        assert not asked_of(read(user), "gateway.release", acme, environment, name).is_allowed


def test_asked_of__refused__says_that_nothing_gives_it(environment, member):
    answer = shown(asked_of(member, "user.create", environment.organisation, None, ""))

    assert answer == {
        "allowed": False,
        "right": "user.create",
        "reason": "no binding gives user.create here",
        "because": None,
    }


def test_asked_of__somebody_of_another_organisation__may_nothing(environment, person):
    globex = organisation_named("globex")

    assert not asked_of(person, "organisation.view", globex, None, "").is_allowed


def test_asked_of__platform_administrator__may_everything_and_it_says_why(
    environment, platform_administrator
):
    decision = asked_of(
        platform_administrator, "gateway.delete", environment.organisation, environment, "shop"
    )

    assert shown(decision)["reason"] == "platform administrators may do everything"
    assert shown(decision)["because"] is None


def test_asked_of__service__by_its_own_bindings(environment):
    acme = environment.organisation
    create_token("ci", actor=ACTOR, service_of=acme)
    given(acme, role="viewer", token="ci")
    service = ServiceAccount(ApiToken.objects.select_related("organisation").get(name="ci"))

    decision = asked_of(service, "gateway.view", acme, environment, "")

    assert decision.is_allowed
    assert decision.because.subject == "token ci"
