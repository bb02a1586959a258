from __future__ import annotations

import pytest

from tests.factories import organisation_named, user_of


def test_user__of_the_address__is_found_by_the_part_after_the_slash(
    person, platform_administrator, client_of
):
    admin = client_of(platform_administrator)

    assert admin.get("/api/v1/organisations/acme/users/ana/sessions").status_code == 200


@pytest.mark.parametrize("address", ["acme/users/bo", "globex/users/ana", "nowhere/users/ana"])
def test_user__of_another_organisation_or_none__is_not_found(
    person, platform_administrator, client_of, address
):
    user_of(organisation_named("globex"), "bo")
    admin = client_of(platform_administrator)

    answer = admin.get(f"/api/v1/organisations/{address}/sessions")

    assert answer.status_code == 404


def test_user__asked_about_by_who_may_not__says_which_right_is_missing(person, member, client_of):
    answer = client_of(member).get("/api/v1/organisations/acme/users/ana/sessions")

    assert answer.status_code == 403
    assert "no binding gives session.view here" in answer.json()["detail"]
    assert "An administrator can grant it" in answer.json()["detail"]
