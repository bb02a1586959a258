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


def test_is_platform_administrator__user_of_an_organisation__is_told_who_may(api):
    answer = api.get("/api/v1/organisations/acme/users/ana/sessions")

    assert answer.status_code == 403
    assert "Only a platform administrator" in answer.json()["detail"]
