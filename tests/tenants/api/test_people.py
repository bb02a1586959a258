"""The caller and the people of an organisation."""

from __future__ import annotations

import pytest

from tenants.api.people import refuse_other_organisation
from tenants.models import User
from tests.factories import user_of
from vamp.errors import Invalid

HERE = "/api/v1/organisations/acme/users"
BEN = {"login": "acme/ben", "password": "a long enough phrase", "full_name": "Ben B."}


def test_me__member__is_told_with_the_organisation(api):
    told = api.get("/api/v1/me").json()

    assert (told["login"], told["organisation"]) == ("acme/ana", "acme")
    assert not told["is_platform_administrator"]
    assert "password" not in told


def test_me__platform_administrator__belongs_to_no_organisation(client_of, platform_administrator):
    told = client_of(platform_administrator).get("/api/v1/me").json()

    assert (told["login"], told["organisation"]) == ("root", None)
    assert told["is_platform_administrator"]


def test_me__nobody__is_asked_for_a_token(client_of, db):
    answer = client_of(None).get("/api/v1/me")

    assert answer.status_code == 401


def test_users__two_organisations__lists_ones_own(api, environment, other_environment):
    user_of(environment.organisation, "bo")
    user_of(other_environment.organisation, "eve")

    rows = api.get(HERE).json()["results"]

    assert {row["login"] for row in rows} == {"acme/ana", "acme/bo"}
    assert api.get(HERE.replace("acme", "globex")).status_code == 404


def test_users__made_by_a_platform_administrator__may_log_in(
    client_of, platform_administrator, environment
):
    answer = client_of(platform_administrator).post(HERE, BEN, format="json")

    assert answer.status_code == 201
    assert BEN["password"] not in answer.content.decode()
    made = User.objects.get(login="acme/ben")
    assert (made.organisation, made.full_name) == (environment.organisation, "Ben B.")
    assert made.check_password(BEN["password"])
    assert not made.is_platform_administrator


def test_users__made_by_a_member__is_refused(client_of, member):
    assert client_of(member).post(HERE, BEN, format="json").status_code == 403
    assert not User.objects.filter(login="acme/ben").exists()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"login": "globex/ben"}, "/login"),
        ({"login": "ben"}, "/login"),
        ({"login": "acme/x/ben"}, "/login"),
        ({"password": "password"}, "/password"),
        ({"password": "x" * 1001}, "/password"),
        ({"is_platform_administrator": True}, "/is_platform_administrator"),
    ],
)
def test_users__what_may_not_be__is_refused_at_its_place(
    client_of, platform_administrator, environment, change, pointer
):
    answer = client_of(platform_administrator).post(HERE, {**BEN, **change}, format="json")

    assert answer.status_code == 400
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}
    assert User.objects.count() == 1


def test_login__of_the_organisation__is_accepted():
    refuse_other_organisation("acme/ana", "acme")

    with pytest.raises(Invalid, match="must begin with acme/"):
        refuse_other_organisation("acme2/ana", "acme")


def test_users__made_with_a_role__have_it_on_the_whole_organisation(api):
    assert api.post(HERE, {**BEN, "role": "viewer"}, format="json").status_code == 201

    binding = User.objects.get(login="acme/ben").bindings.get()
    assert (binding.builtin, binding.environment) == ("viewer", None)


def test_users__made_with_a_role_that_is_none__are_not_made(api):
    answer = api.post(HERE, {**BEN, "role": "emperor"}, format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/role"
    assert not User.objects.filter(login="acme/ben").exists()
