from __future__ import annotations

from django.urls import reverse

from tests.factories import environment_in


def test_environment_list__same_name_in_another_tenant__is_not_shown(environment, person, client):
    environment_in("default", organisation="globex")
    client.force_login(person)

    page = client.get(reverse("admin:tenants_environment_changelist")).content.decode()

    assert "acme/production" in page
    assert "globex" not in page
