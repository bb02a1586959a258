"""Lists of every kind: how often they count."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import user_of

USERS = "admin:tenants_user_changelist"


@pytest.mark.parametrize(
    ("query", "shown", "whole"), [({}, 2, 2), ({"q": "bob"}, 1, None)], ids=["whole", "searched"]
)
def test_counted_once__list__asks_for_its_length_once(
    environment, person, client, query, shown, whole
):
    user_of(environment.organisation, "bob")
    client.force_login(person)

    with CaptureQueriesContext(connection) as asked:
        changelist = client.get(reverse(USERS), query).context_data["cl"]

    counts = [each for each in asked if "COUNT(*)" in each["sql"] and "tenants_user" in each["sql"]]
    assert len(counts) == 1, counts
    assert (changelist.result_count, changelist.full_result_count) == (shown, whole)
