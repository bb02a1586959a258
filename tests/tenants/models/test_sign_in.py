from __future__ import annotations

from tenants.models import IdentityProvider, SignInPolicy, SsoGroupMapping
from tests.factories import user_of


def test_visible_to__other_organisation__sees_none(person, other_environment):
    organisation = person.organisation
    rows = [
        SignInPolicy.objects.create(organisation=organisation),
        IdentityProvider.objects.create(
            organisation=organisation, title="x", issuer="https://x.test", client_id="vamp"
        ),
        SsoGroupMapping.objects.create(
            organisation=organisation, claim_value="devs", group_name="developers"
        ),
    ]
    stranger = user_of(other_environment.organisation)
    root = user_of(None, "root")

    for row in rows:
        objects = type(row).objects
        assert list(objects.visible_to(person)) == [row]
        assert list(objects.visible_to(stranger)) == []
        assert list(objects.visible_to(root)) == [row]
    person.is_active = False
    assert not SignInPolicy.objects.visible_to(person).exists()


def test_str__of_a_mapping__says_what_leads_to_what(person):
    assert str(SsoGroupMapping(claim_value="devs", group_name="ops")) == "devs → ops"
