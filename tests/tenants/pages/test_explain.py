from __future__ import annotations

import pytest
from django.urls import reverse

from tenants.pages.explain import Question, ask_address, table_of
from tenants.services.tokens import create_token
from tests.factories import given, user_of

HERE = "/admin/access/"


@pytest.fixture
def gil(environment):
    user = user_of(environment.organisation, "gil", role="")
    given(
        environment.organisation, role="operator", user=user.login,
        environment="production", object="gateway/shop", max_weight=2500,
    )  # fmt: skip
    return user


def asked(client, **question):
    answer = client.get(HERE, {"environment": "production", **question})
    return answer, " ".join(answer.content.decode().split())


def test_access__allowed__says_yes_with_a_link_to_the_binding(environment, person, gil, client):
    client.force_login(person)

    _, page = asked(client, user="acme/gil", right="gateway.release", name="shop")

    binding = gil.bindings.get()
    assert ">Yes<" in page
    assert "acme/gil may release gateway shop in environment production" in page
    assert reverse("admin:tenants_rolebinding_change", args=[binding.pk]) in page
    assert "up to 25%" in page
    assert "explain?user=acme/gil&amp;verb=release&amp;object=gateway/shop" in page


def test_access__not_allowed__says_no_and_why(environment, person, gil, client):
    client.force_login(person)

    _, page = asked(client, user="acme/gil", right="gateway.release", name="other")

    assert ">No<" in page
    assert "No binding gives gateway.release here" in page
    assert reverse("admin:tenants_rolebinding_add") in page


def test_access__others__are_not_told_of_without_the_right(environment, gil, client):
    client.force_login(gil)

    answer, page = asked(client, user="acme/ana", right="gateway.view")

    assert answer.status_code == 404
    assert ">Yes<" not in page
    answer, page = asked(client, right="gateway.release", name="shop")
    assert answer.status_code == 200
    assert ">Yes<" in page
    assert "/rolebinding/" not in page.partition('class="v-page"')[2]
    assert "acme/ana" not in page


def test_access__of_another_tenant__is_not_there(environment, other_environment, person, client):
    user_of(other_environment.organisation, "eve")
    client.force_login(person)

    answer, _ = asked(client, user="globex/eve", right="gateway.view")
    assert answer.status_code == 404
    answer, _ = asked(client, environment="elsewhere", right="gateway.view")
    assert answer.status_code == 404


def test_access__service__is_asked_for_by_its_token(environment, person, client):
    create_token("robot", actor="tests", service_of=environment.organisation)
    given(environment.organisation, role="viewer", token="robot")
    client.force_login(person)

    _, page = asked(client, user="token:robot", right="gateway.view")

    assert ">Yes<" in page
    assert "given to token robot" in page


@pytest.mark.parametrize("right", ["", "gateway.fly", "x"])
def test_access__no_right_that_there_is__shows_the_table_alone(environment, person, client, right):
    client.force_login(person)

    answer, page = asked(client, right=right)

    assert answer.status_code == 200
    assert ">Yes<" not in page
    assert "What acme/ana may do in environment production" in page


def test_access__platform_administrator__needs_no_binding(platform_administrator, client):
    client.force_login(platform_administrator)

    assert client.get(HERE).status_code == 200


def test_access__nobody__is_sent_to_the_log_in(environment, client):
    assert client.get(HERE).status_code == 302


def test_table_of__one_gateway__names_verbs_and_limit(environment, gil):
    question = Question(gil.login, "production", "", "shop")

    lines = {
        line.kind: line for line in table_of(gil, environment.organisation, environment, question)
    }

    gateway = {each.verb: each for each in lines["gateway"].given}
    assert set(gateway) == {"view", "create", "change", "delete", "release"}
    assert (gateway["release"].limit, gateway["view"].limit) == ("25%", "")
    assert lines["service"].given == []
    assert list(lines["service"].lacking) == ["view", "scale", "restart"]


def test_ask_address__with_a_question__leads_to_its_answer(environment):
    assert ask_address(environment, "gateway.release", "shop") == (
        f"{HERE}?environment=production&right=gateway.release&name=shop"
    )
