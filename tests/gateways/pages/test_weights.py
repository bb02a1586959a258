from __future__ import annotations

import pytest
from django.contrib.messages import get_messages
from hypothesis import given
from hypothesis import strategies as st

from gateways.models import Route
from gateways.pages.weights import hundredths
from tenants.pages.page import address
from tests.factories import gateway_with


def shares(environment):
    return dict(Route.objects.in_environment(environment).values_list("version", "weight"))


def sent(one, other, **more):
    return {"weight:shop-1.0.0": one, "weight:shop-1.1.0": other, "revision": "1", **more}


@pytest.fixture
def form(environment, person, client):
    gateway_with(environment, {"1.0.0": 9_000, "1.1.0": 1_000})
    client.force_login(person)
    return address("gateway-weights", environment, "shop")


@given(st.integers(0, 10_000))
def test_hundredths__what_people_write__is_read_exactly(value):
    assert hundredths(f"{value / 100:.2f}") == value
    assert hundredths(f" {value / 100:.2f} %") == value


@pytest.mark.parametrize("text", ["", "x", "-1", "100.01", "12.345", "nan", "Infinity", "1e3"])
def test_hundredths__no_percentage__is_refused(text):
    with pytest.raises(ValueError, match="percentage"):
        hundredths(text)


def test_weights__preview__shows_before_and_after_and_writes_nothing(environment, form, client):
    answer = client.post(form, sent("75", "25", preview="1"))

    assert answer.status_code == 200
    assert answer.context["moved"] == 1_500
    assert [change.difference for change in answer.context["planned"]] == ["−15%", "+15%"]
    assert shares(environment) == {"1.0.0": 9_000, "1.1.0": 1_000}


def test_weights__applied__are_changed_through_the_service(environment, form, client):
    answer = client.post(form, sent("75", "25", apply="1"))

    assert answer.headers["Location"] == address("gateway", environment, "shop")
    assert shares(environment) == {"1.0.0": 7_500, "1.1.0": 2_500}


def test_weights__total_is_off__says_so_and_writes_nothing(environment, form, client):
    answer = client.post(form, sent("75", "20", apply="1"))

    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert said == ["The weights total 95%; make them total 100%."]
    assert shares(environment) == {"1.0.0": 9_000, "1.1.0": 1_000}


def test_weights__two_wrong_fields__both_are_told(form, client):
    answer = client.post(form, sent("many", "-3", preview="1"))

    assert len(list(get_messages(answer.wsgi_request))) == 2


def test_weights__changed_meanwhile__are_refused(environment, form, client):
    client.post(form, sent("75", "25", apply="1"))

    answer = client.post(form, sent("50", "50", apply="1"))

    said = " ".join(str(message) for message in get_messages(answer.wsgi_request))
    assert "revision" in said
    assert shares(environment) == {"1.0.0": 7_500, "1.1.0": 2_500}


def test_weights__another_tenants_gateway__is_not_there(other_environment, person, client):
    gateway_with(other_environment, {"1.0.0": 9_000, "1.1.0": 1_000})
    client.force_login(person)

    answer = client.post(
        address("gateway-weights", other_environment, "shop"), sent("0", "100", apply="1")
    )

    assert answer.status_code == 404
    assert shares(other_environment) == {"1.0.0": 9_000, "1.1.0": 1_000}


def test_weights__asked_with_get__leads_to_the_gateway(environment, form, client):
    assert client.get(form).headers["Location"] == address("gateway", environment, "shop")
