from __future__ import annotations

from dataclasses import dataclass

import pytest

from tenants.models import ApiToken, Environment, Organisation, SignInFailures, User, UserSession
from tests.factories import NOON, environment_in, organisation_named, user_of

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


@dataclass(frozen=True)
class Somebody:
    organisation_id: int | None = None
    is_active: bool = True
    is_platform_administrator: bool = False


KINDS = [ApiToken, Environment, Organisation, SignInFailures, User, UserSession]


@pytest.fixture
def rows():
    """One row of each kind in each of two organisations, by the organisation's id."""
    found = {}
    for name in ("acme", "globex"):
        organisation = organisation_named(name)
        person = user_of(organisation, "ana")
        environment = environment_in(organisation=name)
        token = ApiToken.objects.create(
            organisation=organisation, name="ci", prefix=name[:8], digest=name
        )
        failures = SignInFailures.objects.create(
            organisation=organisation,
            subject=f"{name}/ana",
            address="::1",
            first_at=NOON,
            last_at=NOON,
        )
        session = UserSession.objects.create(session_key=name, user=person, expire_date=NOON)
        found[organisation.pk] = [token, environment, organisation, failures, person, session]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_visible_to__somebody_of_an_organisation__is_that_ones_rows(rows, kind):
    for organisation, own in rows.items():
        seen = kind.objects.visible_to(Somebody(organisation))

        assert list(seen) == [own[KINDS.index(kind)]]


@pytest.mark.parametrize("kind", KINDS)
def test_visible_to__nobody_in_particular__is_nothing(rows, kind):
    organisation = next(iter(rows))
    for asker in (Somebody(), Somebody(organisation, is_active=False)):
        assert list(kind.objects.visible_to(asker)) == []
    ended = Somebody(None, is_active=False, is_platform_administrator=True)
    assert list(kind.objects.visible_to(ended)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_visible_to__platform_administrator__is_everything(rows, kind):
    seen = kind.objects.visible_to(Somebody(is_platform_administrator=True))

    assert {row.pk for row in seen} >= {own[KINDS.index(kind)].pk for own in rows.values()}
