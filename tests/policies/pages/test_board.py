from __future__ import annotations

from django.utils import timezone

from policies.domain.state import Phase
from policies.pages.board import columns
from tenants.authorisation import authority_of
from tenants.pages.page import address
from tests.browser.rows import busy_environment


def test_columns__every_phase__has_exactly_one():
    placed = [status for column in columns() for status in column.statuses]

    assert sorted(placed) == sorted(phase.value for phase in Phase)


def test_board__two_releases__stand_in_their_columns(
    environment, person, client, django_assert_max_num_queries
):
    busy_environment(environment, timezone.now())
    client.force_login(person)
    authority_of(person)

    with django_assert_max_num_queries(10, using="default"):
        page = client.get(address("releases", environment))

    numbers = [[line.release.number for line in column.lines] for column in page.context["columns"]]
    assert numbers == [[2], [], [1], []]


def test_board__filtered_by_another_gateway__says_so(environment, person, client):
    busy_environment(environment, timezone.now())
    client.force_login(person)

    page = client.get(address("releases", environment), {"gateway": "nope"})

    assert "No release on a gateway called “nope”" in page.content.decode()
