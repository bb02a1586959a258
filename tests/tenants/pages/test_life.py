from __future__ import annotations

import pytest
from django.urls import reverse

from tenants.domain.authority import EVERYTHING
from tenants.models import Deletion, Environment, LifeState
from tenants.services.archiving import archive_environment, archive_organisation
from tenants.services.deletion import delete_environment
from tenants.services.deletion_run import continue_deletion
from tenants.services.roles import create_role
from tests.conftest import DATABASES
from tests.factories import user_of
from tests.furnished import tenant

PAGE = reverse("environment-life", args=["acme", "production"])
OF_ORGANISATION = reverse("organisation-life", args=["acme"])


@pytest.fixture
def root(environment, platform_administrator, client):
    client.force_login(platform_administrator)
    return client


def text_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.mark.django_db(databases=DATABASES)
def test_page__furnished__says_what_goes_and_who_serves_it(
    database, platform_administrator, client
):
    tenant("acme", database, first_id=9_000)
    client.force_login(platform_administrator)

    told = text_of(client.get(PAGE))

    assert "Archive it" in told
    assert '<td>gateways</td> <td class="v-number">1</td>' in told
    assert "1 agents serves it now" in told
    assert 'Type <span class="v-strong">production</span> to delete it' in told


@pytest.mark.parametrize("page", [PAGE, OF_ORGANISATION])
def test_page__archived_and_restored__is_said_each_time(root, environment, page):
    answer = root.post(page, {"action": "archive"}, follow=True)
    assert "is archived. Its agents serve on what they have." in text_of(answer)
    assert "It is archived" in text_of(answer)
    assert not Environment.objects.select_related("organisation").get().is_active

    answer = root.post(page, {"action": "restore"}, follow=True)

    assert "takes changes again" in text_of(answer)
    assert Environment.objects.select_related("organisation").get().is_active


def test_page__organisation_is_archived__leads_to_it(root, environment):
    archive_organisation(environment.organisation, actor="root")

    assert f'href="{OF_ORGANISATION}"' in root.get(PAGE).content.decode()


def test_page__name_not_typed__nothing_is_deleted(root, environment):
    answer = root.post(PAGE, {"action": "delete", "name": "acme"}, follow=True)

    assert "This is not the name of acme/production" in text_of(answer)
    assert not Deletion.objects.exists()


def test_page__name_typed__shows_the_steps_and_asks_itself_again(root, environment):
    answer = root.post(PAGE, {"action": "delete", "name": "production"}, follow=True)

    assert "is being deleted. This page shows how it goes on." in text_of(answer)
    assert "Discovery, releases and publication end" in text_of(answer)
    assert answer["Refresh"] == "2"


def test_page__step_waits__says_for_what_and_lets_it_be_left_out(root, environment):
    delete_environment(environment, confirm="production", actor="root")
    Deletion.objects.update(
        step="keys", waits_for="Vault does not answer", steps_done=["stop", "access"]
    )
    assert "Waits for: Vault does not answer." in text_of(root.get(PAGE))

    root.post(PAGE, {"action": "skip", "step": "keys"})

    assert Deletion.objects.get().steps_skipped == ["keys"]


def test_page__gone__leads_to_the_record(root, environment):
    deletion = delete_environment(environment, confirm="production", actor="root")
    continue_deletion(deletion.pk)

    answer = root.get(PAGE, follow=True)

    assert answer.redirect_chain[-1][0] == reverse(
        "admin:tenants_deletion_change", args=[deletion.pk]
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("page", [PAGE, OF_ORGANISATION])
def test_page__member__sees_the_state_and_may_not_change_it(environment, member, client, page):
    client.force_login(member)

    told = text_of(client.get(page))
    answer = client.post(page, {"action": "archive"}, follow=True)

    who = "A platform administrator" if page == OF_ORGANISATION else "An administrator"
    assert f"{who} can archive, restore or delete it." in " ".join(told.split())
    assert 'value="delete"' not in told
    assert 'value="archive"' not in told
    assert "You may not do this: that needs environment.change." in text_of(answer)
    assert Environment.objects.get().state == LifeState.ACTIVE


def test_page__right_to_change_alone__archives_and_deletes_nothing(environment, person, client):
    organisation = environment.organisation
    create_role(
        organisation, "keeper", rights=["environment.change"], actor="root", authority=EVERYTHING
    )
    client.force_login(user_of(organisation, "kim", role="keeper"))

    told = text_of(client.get(PAGE))
    client.post(PAGE, {"action": "delete", "name": "production"})

    assert 'value="archive"' in told
    assert 'value="delete"' not in told
    assert not Deletion.objects.exists()


def test_page__administrator_of_theirs__may_archive_and_delete(environment, person, client):
    client.force_login(person)

    told = text_of(client.get(PAGE))

    assert 'value="archive"' in told
    assert 'value="delete"' in told


def test_page__unknown_action__is_refused(root, environment):
    answer = root.post(PAGE, {"action": "explode"}, follow=True)

    assert "There is nothing called" in text_of(answer)


@pytest.mark.parametrize("page", [PAGE, OF_ORGANISATION])
def test_page__another_tenants_deletion_of_that_name__is_not_there(
    environment, other_environment, platform_administrator, client, page
):
    stranger = user_of(other_environment.organisation)
    deletion = delete_environment(environment, confirm="production", actor="root")
    continue_deletion(deletion.pk)
    client.force_login(stranger)

    assert client.get(page).status_code == 404


def test_other_pages__of_an_archived_environment__are_shown_and_take_nothing(
    environment, person, client
):
    archive_environment(environment, actor="root")
    client.force_login(person)
    page = reverse("policy-new", args=["acme", "production"])

    answer = client.post(page, {"document": "kind: ReleasePolicy", "save": ""}, follow=True)

    assert client.get(page).status_code == 200
    assert "Environment acme/production is archived" in text_of(answer)
