from __future__ import annotations

import pytest
from django.urls import reverse

from tenants.models import User
from tenants.secrets import INSTALLATION
from tenants.services import salts
from tests.away import no_store
from tests.factories import PASSWORD, user_of
from vamp.models import AuditEntry


def page_of(organisation):
    return reverse("organisation-passwords", args=[organisation.name])


def told(answer):
    return " ".join(answer.content.decode().split())


def test_of_organisation__turned_over__new_salt_is_in_use_and_the_former_says_how_many_wait(
    environment, person, client
):
    organisation = environment.organisation
    user_of(organisation, "bo")
    (former,) = salts.held_salts(organisation)
    client.force_login(person)
    assert "Turn the salt over</button>" in told(client.get(page_of(organisation)))

    after = told(client.post(page_of(organisation), follow=True))

    newest, held = salts.held_salts(organisation)
    assert (held.key_id, held.passwords, held.is_newest) == (former.key_id, 2, False)
    assert (newest.is_newest, newest.passwords) == (True, 0)
    assert newest.key_id in after
    assert "2 passwords wait for the next sign-in" in after
    entry = AuditEntry.objects.using("default").get(verb="organisation.salt_rotated")
    assert entry.actor == person.login


def test_of_organisation__asked_for__counts_with_one_query_and_never_shows_a_salt(
    environment, person, client, django_assert_num_queries
):
    organisation = environment.organisation
    with django_assert_num_queries(1):
        (held,) = salts.held_salts(organisation)
    client.force_login(person)

    text = told(client.get(page_of(organisation)))

    assert held.key_id in text
    document = salts.namespaces.document(organisation)
    assert document.salts[held.key_id].value not in text


def test_of_organisation__who_may_not_change_it__is_refused(environment, client):
    viewer = user_of(environment.organisation, "vi", role="viewer")
    before = salts.held_salts(environment.organisation)
    client.force_login(viewer)

    assert client.get(page_of(environment.organisation)).status_code == 403
    assert client.post(page_of(environment.organisation)).status_code == 403
    assert salts.held_salts(environment.organisation) == before


def test_of_organisation__store_is_away__says_so_and_offers_nothing(
    environment, person, client, settings
):
    client.force_login(person)
    with no_store(settings):
        answer = client.post(page_of(environment.organisation))

    assert answer.status_code == 503
    assert "Turn the salt over</button>" not in told(answer)
    assert len(salts.held_salts(environment.organisation)) == 1


def test_of_installation__turned_over__is_that_of_platform_administrators(
    platform_administrator, person, client
):
    here = reverse("installation-passwords")
    client.force_login(person)
    assert client.post(here).status_code == 404
    client.force_login(platform_administrator)

    told(client.post(here, follow=True))

    newest, former = salts.held_salts(INSTALLATION)
    assert (newest.passwords, former.passwords) == (0, 1)
    client.logout()
    assert client.login(username=platform_administrator.login, password=PASSWORD)
    assert User.objects.get(pk=platform_administrator.pk).password_salt == newest.key_id


@pytest.mark.django_db
def test_held_salts__before_the_first_password__are_none(db):
    assert salts.held_salts(INSTALLATION) == []
