from __future__ import annotations

from django.urls import reverse

from tenants.models import Role
from tests.factories import given, user_of

ADD = reverse("admin:tenants_role_add")


def sent(environment, **fields):
    return {
        "organisation": environment.organisation.pk,
        "name": "releaser",
        "title": "",
        "rights": ["gateway.view", "release.*"],
        "rights_lines": "*.view\n\n",
        **fields,
    }


def test_role__boxes_and_lines__become_its_rights(environment, person, client):
    client.force_login(person)

    answer = client.post(ADD, sent(environment))

    assert answer.status_code == 302
    assert Role.objects.get().rights == ["gateway.view", "release.*", "*.view"]


def test_role__opened__shows_what_it_has(environment, person, client):
    client.force_login(person)
    client.post(ADD, sent(environment))

    page = client.get(reverse("admin:tenants_role_change", args=[Role.objects.get().pk]))

    text = " ".join(page.content.decode().split())
    assert 'value="release.*" checked' in text
    assert 'value="gateway.delete"' in text
    assert 'value="gateway.delete" checked' not in text
    assert ">*.view</textarea>" in text


def test_role__right_that_is_none__is_refused_at_the_rights(environment, person, client):
    client.force_login(person)

    answer = client.post(ADD, sent(environment, rights_lines="gateway.fly"))

    assert answer.status_code == 200
    assert "is no right" in str(answer.context_data["adminform"].form.errors["rights"])
    assert not Role.objects.exists()


def test_role__boxes_unticked__are_taken_away(environment, person, client):
    client.force_login(person)
    client.post(ADD, sent(environment))
    role = Role.objects.get()

    client.post(
        reverse("admin:tenants_role_change", args=[role.pk]),
        sent(environment, rights=["gateway.view"], rights_lines=""),
    )

    role.refresh_from_db()
    assert role.rights == ["gateway.view"]


def test_role__that_somebody_has__stays_and_says_who_has_it(environment, person, client):
    client.force_login(person)
    client.post(ADD, sent(environment))
    role = Role.objects.get()
    given(environment.organisation, role="releaser", user=person.login)

    page = client.post(
        reverse("admin:tenants_role_delete", args=[role.pk]), {"post": "yes"}, follow=True
    ).content.decode()

    assert Role.objects.exists()
    assert "is given to user acme/ana" in page
    assert "was deleted successfully" not in page


def test_role__somebody_who_may_only_look__has_no_button(environment, member, person, client):
    client.force_login(person)
    client.post(ADD, sent(environment))
    client.force_login(member)

    page = client.get(reverse("admin:tenants_role_change", args=[Role.objects.get().pk]))

    assert "gateway.view, release.*, *.view" in page.content.decode()
    assert 'name="_save"' not in page.content.decode()
    assert client.get(ADD).status_code == 403


def test_role_list__without_the_right__is_closed(environment, client):
    client.force_login(user_of(environment.organisation, "vic", role="viewer"))

    assert client.get(reverse("admin:tenants_role_changelist")).status_code == 403
