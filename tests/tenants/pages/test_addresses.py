from __future__ import annotations

from django.urls import reverse

from tenants.pages.switcher import SESSION_KEY


def test_environment__opened__is_chosen_and_leads_to_its_overview(environment, person, client):
    client.force_login(person)

    answer = client.get(reverse("environment", args=["acme", "production"]))

    assert answer.headers["Location"] == reverse("admin:index")
    assert client.session[SESSION_KEY] == "acme/production"
