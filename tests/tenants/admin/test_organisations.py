from __future__ import annotations

from django.urls import reverse

from tenants.models import Organisation
from vamp.models import AuditEntry


def test_organisation__added_by_a_platform_administrator__goes_through_the_service(
    platform_administrator, client
):
    client.force_login(platform_administrator)

    answer = client.post(reverse("admin:tenants_organisation_add"), {"name": "initech"})

    assert answer.status_code == 302
    entry = AuditEntry.objects.using("default").get(name="initech")
    assert (entry.actor, entry.verb) == ("root", "organisation.created")


def test_organisation__added_by_somebody_else__is_refused(person, client):
    client.force_login(person)

    answer = client.post(reverse("admin:tenants_organisation_add"), {"name": "initech"})

    assert answer.status_code == 403
    assert not Organisation.objects.filter(name="initech").exists()
