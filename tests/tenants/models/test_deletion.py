from __future__ import annotations

import pytest

from tenants.models import Deletion
from tests.conftest import DATABASES
from tests.factories import deletion_in, user_of

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_visible_to__somebody_of_the_organisation__sees_its_own(
    environment, other_environment, person, platform_administrator
):
    own, other = deletion_in(environment), deletion_in(other_environment)

    assert list(Deletion.objects.visible_to(person)) == [own]
    assert set(Deletion.objects.visible_to(platform_administrator)) == {own, other}


def test_visible_to__switched_off__sees_nothing(environment):
    deletion_in(environment)
    ana = user_of(environment.organisation)
    ana.is_active = False

    assert not Deletion.objects.visible_to(ana).exists()


def test_running__over__is_none_of_them(environment):
    deletion_in(environment)
    going = deletion_in(environment, environment="other", finished_at=None)

    assert list(Deletion.objects.running()) == [going]


def test_path__of_an_environment_and_of_an_organisation__is_as_written_everywhere(environment):
    assert deletion_in(environment).path == "acme/old"
    assert deletion_in(environment, environment="").path == "acme"
