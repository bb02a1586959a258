from __future__ import annotations

import pytest
from django.urls import reverse

from tenants.pages.switcher import SESSION_KEY


@pytest.mark.parametrize("who", ["person", "platform_administrator"])
def test_environment__opened__is_chosen_and_shows_its_overview(environment, client, request, who):
    client.force_login(request.getfixturevalue(who))

    answer = client.get(reverse("environment", args=["acme", "production"]))

    assert answer.status_code == 200
    assert answer.context["here"] == environment
    assert client.session[SESSION_KEY] == "acme/production"
