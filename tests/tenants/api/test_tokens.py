"""Tokens through the API, and what they open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from tenants.models import ApiToken
from tenants.services.tokens import create_token
from tests.factories import environment_in, user_of
from vamp.drivers.events.nats_users import Credentials, claims_of
from vamp.drivers.events.nkeys import ACCOUNT, KeyPair

HERE = "/api/v1/organisations/acme/tokens"


def _bearing(text, word="token"):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"{word} {text}")
    return client


@pytest.mark.parametrize("word", ["token", "Bearer"])
def test_create__for_oneself__shows_a_text_that_opens(api, word):
    made = api.post(HERE, {"name": "ci"}, format="json")

    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    me = _bearing(made.json()["text"], word).get("/api/v1/me")
    assert me.json()["login"] == "acme/ana"


def test_read__afterwards__shows_no_text(api):
    text = api.post(HERE, {"name": "ci"}, format="json").json()["text"]

    one, many = api.get(f"{HERE}/ci"), api.get(HERE)

    assert "text" not in one.json()
    for answer in (one, many):
        assert text not in answer.content.decode()
        assert text.partition(".")[2] not in answer.content.decode()


def test_create__for_agents__opens_only_their_doors(api, environment):
    text = api.post(HERE, {"name": "vga", "environment": "production"}, format="json").json()[
        "text"
    ]
    agent = _bearing(text)

    assert agent.get("/api/v1/me").status_code == 403
    assert agent.get("/api/v1/organisations").status_code == 403
    path = "/api/v1/organisations/acme/environments/production/agents/vga-1/rollups"
    assert agent.post(path, {"rollups": []}, format="json").status_code == 204


def test_create__for_a_colleague__is_for_who_may_do_all_that_they_may(
    api, client_of, member, environment
):
    user_of(environment.organisation, "bo")
    body = {"name": "bos", "user": "acme/bo"}

    assert client_of(member).post(HERE, body, format="json").status_code == 403
    made = api.post(HERE, body, format="json")
    assert made.json()["user"] == "acme/bo"


@pytest.mark.parametrize("user", ["globex/ana", "nobody", None])
def test_create__for_somebody_who_is_not_there__is_refused(
    client_of, platform_administrator, environment, other_environment, user
):
    user_of(other_environment.organisation)

    answer = client_of(platform_administrator).post(
        HERE, {"name": "x"} | ({"user": user} if user else {}), format="json"
    )

    assert answer.status_code == 400


def test_create__agents_of_another_tenants_environment__is_not_found(api, other_environment):
    environment_in(organisation="globex", name="staging")

    answer = api.post(HERE, {"name": "vga", "environment": "staging"}, format="json")

    assert answer.status_code == 404


def test_create__name_taken__is_a_conflict(api):
    api.post(HERE, {"name": "ci"}, format="json")

    assert api.post(HERE, {"name": "ci"}, format="json").status_code == 409


def test_revoke__own__is_worthless_at_once(api):
    text = api.post(HERE, {"name": "ci"}, format="json").json()["text"]

    assert api.delete(f"{HERE}/ci").status_code == 204
    answer = _bearing(text).get("/api/v1/me")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "token"


def test_revoke__of_a_colleague__is_for_administrators(api, client_of, member, environment):
    create_token("bos", actor="tests", user=user_of(environment.organisation, "bo"))

    assert client_of(member).delete(f"{HERE}/bos").status_code == 404
    assert api.delete(f"{HERE}/bos").status_code == 204


def test_use__expired__is_refused(person, now):
    token, text = create_token("old", actor="tests", user=person)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=now - timedelta(seconds=1))

    assert _bearing(text).get("/api/v1/me").status_code == 401


def test_use__of_a_user_switched_off__is_refused(person):
    _, text = create_token("ci", actor="tests", user=person)
    person.is_active = False
    person.save()

    assert _bearing(text).get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("header", ["", "token", "token a b", "token \xff", "Basic YTpi"])
def test_use__malformed_header__is_unauthorised(environment, header):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)

    answer = client.get("/api/v1/me")

    assert answer.status_code == 401
    assert answer.json()["type"].startswith("urn:vamp:problem:")


def test_create__limited__passes_on_only_that(api):
    made = api.post(
        HERE,
        {"name": "ci", "rights": ["gateway.view"], "only_environment": "production"},
        format="json",
    ).json()
    limited = _bearing(made["text"])

    assert (made["rights"], made["only_environment"]) == (["gateway.view"], "production")
    here = "/api/v1/organisations/acme/environments/production"
    assert limited.get(f"{here}/gateways").status_code == 200
    assert limited.get(f"{here}/policies").status_code == 403
    assert limited.get("/api/v1/organisations/acme/users").status_code == 403
    assert limited.post(HERE, {"name": "more"}, format="json").status_code == 403


def test_create__right_that_is_none__is_refused_at_its_place(api):
    answer = api.post(HERE, {"name": "ci", "rights": ["gateway.fly"]}, format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/rights/0"


def test_rotate__limited_token__gets_no_text_of_a_whole_one(api):
    api.post(HERE, {"name": "whole"}, format="json")
    made = api.post(HERE, {"name": "ci", "rights": ["gateway.view"]}, format="json").json()
    limited = _bearing(made["text"])

    assert limited.post(f"{HERE}/whole", {}, format="json").status_code == 403
    assert limited.delete(f"{HERE}/whole").status_code == 403
    again = limited.post(f"{HERE}/ci", {"grace_s": 60}, format="json")
    assert again.status_code == 200
    for text in (made["text"], again.json()["text"]):
        assert _bearing(text).get("/api/v1/me").json()["token"] == "ci"


def test_rotate__without_grace__ends_the_text_before(api):
    made = api.post(HERE, {"name": "ci"}, format="json").json()

    again = api.post(f"{HERE}/ci", {}, format="json")

    assert again["Cache-Control"] == "no-store"
    assert _bearing(made["text"]).get("/api/v1/me").status_code == 401
    assert _bearing(again.json()["text"]).get("/api/v1/me").status_code == 200
    too_long = api.post(f"{HERE}/ci", {"grace_s": 9_999_999}, format="json")
    assert too_long.status_code == 400


def test_rotate__token_of_agents__also_gives_what_they_hear_events_with(api, environment, settings):
    api.post(HERE, {"name": "vga", "environment": "production"}, format="json")

    assert api.post(f"{HERE}/vga", {}, format="json").json()["events_key"] == ""
    settings.EVENTS_URL = "nats://nats.test:4222"
    assert api.post(f"{HERE}/vga", {}, format="json").json()["events_key"] == ""
    keys = {"events_signing_key": KeyPair.new(ACCOUNT).seed}
    settings.VAMP = settings.VAMP.model_copy(update=keys)
    key = api.post(f"{HERE}/vga", {}, format="json").json()["events_key"]
    assert claims_of(Credentials.parse(key).jwt)["name"] == "agents of acme/production"


def test_service__without_bindings__may_nothing_but_rotate_itself(api, environment):
    made = api.post(HERE, {"name": "robot", "is_service": True}, format="json").json()
    robot = _bearing(made["text"])

    assert made["is_service"] is True
    assert robot.get("/api/v1/me").json()["login"] == "token:acme/robot"
    assert robot.get("/api/v1/organisations/acme/users").status_code == 403
    assert robot.post(f"{HERE}/robot", {"grace_s": 60}, format="json").status_code == 200
