from __future__ import annotations

from django.urls import reverse

from tenants.models import ApiToken
from vamp.models import AuditEntry


def test_token__added__text_is_shown_once(environment, person, client):
    client.force_login(person)
    sent = {"name": "agents", "agent_of": environment.pk}

    answer = client.post(reverse("admin:tenants_apitoken_add"), sent, follow=True)

    token = ApiToken.objects.get(name="agents")
    assert f"not shown again: {token.prefix}" in answer.content.decode()
    again = client.get(reverse("admin:tenants_apitoken_changelist")).content.decode()
    assert f"{token.prefix}." not in again


def test_token__neither_user_nor_agents__is_refused(environment, person, client):
    client.force_login(person)

    answer = client.post(reverse("admin:tenants_apitoken_add"), {"name": "nobody"})

    assert answer.status_code == 200
    assert answer.context_data["adminform"].form.non_field_errors()


def test_token__deleted__is_revoked_through_the_service(environment, person, client):
    client.force_login(person)
    client.post(
        reverse("admin:tenants_apitoken_add"), {"name": "agents", "agent_of": environment.pk}
    )
    token = ApiToken.objects.get(name="agents")

    client.post(reverse("admin:tenants_apitoken_delete", args=[token.pk]), {"post": "yes"})

    assert not ApiToken.objects.exists()
    verbs = AuditEntry.objects.using("default").values_list("verb", flat=True)
    assert "token.revoked" in list(verbs)
