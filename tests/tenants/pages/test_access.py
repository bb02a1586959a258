from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from gateways.models import Gateway
from tenants.pages.access import (
    may_in_all,
    may_in_environment,
    may_in_organisation,
    narrowed_rows,
)
from tests.factories import gateway_with, given, user_of


def asked_by(user):
    request = RequestFactory().get("/")
    request.user, request.session = user, {}
    return request


def one_gateway(environment):
    user = user_of(environment.organisation, "gil", role="")
    given(
        environment.organisation, role="operator", user=user.login,
        environment="production", object="gateway/shop",
    )  # fmt: skip
    return user


def test_may__one_gateway__is_something_in_the_environment_and_not_all(environment):
    request = asked_by(one_gateway(environment))

    assert may_in_environment(request, "gateway.create")
    assert not may_in_all(request, "gateway.create")
    assert not may_in_organisation(request, "gateway.create")


def test_may__administrator__is_all(environment, person):
    request = asked_by(person)

    assert may_in_environment(request, "gateway.create")
    assert may_in_all(request, "gateway.create")
    assert may_in_organisation(request, "gateway.create")


def test_may__nobody__is_nothing(environment):
    request = asked_by(AnonymousUser())

    assert not may_in_environment(request, "gateway.view")
    assert not may_in_all(request, "gateway.view")
    assert not may_in_organisation(request, "gateway.view")


def test_narrowed_rows__one_gateway__is_that_alone(environment):
    gateway_with(environment, {}, name="shop")
    gateway_with(environment, {}, name="other", id=900)
    request = asked_by(one_gateway(environment))

    found = narrowed_rows(
        request, Gateway.objects.in_environment(environment), "gateway.view", "name", "metadata"
    )

    assert [row.name for row in found] == ["shop"]
