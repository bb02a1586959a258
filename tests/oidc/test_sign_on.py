"""Single sign-on against a real OpenID Connect provider, over HTTP, from the button to the session."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.test import Client

from tenants.models import IdentityProvider, User, UserSession
from tenants.services.namespaces import set_secret
from tenants.services.single_sign_on import set_provider
from tests.factories import organisation_named, user_of
from tests.oidc.provider import CLIENT_SECRET, running

pytestmark = [
    pytest.mark.stack,
    pytest.mark.django_db(databases=["default", "dedicated"], transaction=False),
]

HERE = "http://testserver/admin/single-sign-on"
ACCOUNTS = {
    "u-1": {
        "preferred_username": "Ana.Lytic", "name": "Ana Lytic", "email": "ana@acme.test",
        "groups": ["devs", "everybody"],
    },
    "u-2": {"preferred_username": "root", "name": "Root", "groups": []},
    "u-3": {"preferred_username": "globex/bo", "groups": []},
    "u-4": {"name": "Nobody", "groups": []},
}  # fmt: skip


@pytest.fixture(scope="module")
def provider():
    returns = [f"{HERE}/{name}/return/" for name in ("acme", "globex")]
    with running(returns, ACCOUNTS) as found:
        yield found


@pytest.fixture
def acme(provider):
    provider.know(ACCOUNTS)
    return connected("acme", provider, groups=[("devs", "developers"), ("ops", "operators")])


def connected(name, provider, groups=(), **fields):
    organisation = organisation_named(name)
    set_secret(organisation, "sso", CLIENT_SECRET, actor="root")
    set_provider(
        organisation, groups=list(groups), actor="root", title=f"{name} login",
        issuer=provider.issuer, client_id="vamp", **fields,
    )  # fmt: skip
    return organisation


def signed_in(client, provider, account, organisation="acme"):
    """Go from the button to where the sign-in ends; return the last answer."""
    begun = client.get(f"/admin/single-sign-on/{organisation}/?next=/admin/account/")
    assert begun.status_code == 302, begun.content
    back = provider.sign_in(begun["Location"], account)
    return client.get(back)


def who(client):
    found = client.get("/api/v1/me")
    return found.json()["login"] if found.status_code == 200 else None


def told(answer, client):
    """What the sign-in page says after being turned away."""
    assert answer.status_code == 302, answer.content
    assert answer["Location"] == "/admin/login/"
    return client.get("/admin/login/").content.decode()


def test_sign_on__for_the_first_time__makes_a_user_of_that_organisation(acme, provider, client):
    answer = signed_in(client, provider, "u-1")

    assert (answer.status_code, answer["Location"]) == (302, "/admin/account/")
    user = User.objects.get(login="acme/ana.lytic")
    assert who(client) == user.login
    assert (user.organisation, user.full_name, user.email) == (acme, "Ana Lytic", "ana@acme.test")
    assert not user.has_usable_password()
    assert not user.is_superuser
    assert [group.name for group in user.member_of.all()] == ["developers"]
    assert UserSession.objects.get(user=user).user == user


def test_sign_on__again__is_the_same_user_with_todays_groups(acme, provider):
    signed_in(Client(), provider, "u-1")
    provider.know({"u-1": {**ACCOUNTS["u-1"], "preferred_username": "ana2", "groups": ["ops"]}})

    client = Client()
    signed_in(client, provider, "u-1")

    assert who(client) == "acme/ana.lytic"
    assert User.objects.count() == 1
    assert [group.name for group in User.objects.get().member_of.all()] == ["operators"]


def test_sign_on__request__carries_state_nonce_and_pkce(acme, provider, client):
    begun = client.get("/admin/single-sign-on/acme/?scope=admin&auth_params=prompt%3Dnone")

    asked = parse_qs(urlsplit(begun["Location"]).query)
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert asked["code_challenge_method"] == ["S256"]
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
    assert "prompt" not in asked


def test_sign_on__answer_of_another_browser__is_turned_away(acme, provider, client):
    begun = Client().get("/admin/single-sign-on/acme/")
    back = provider.sign_in(begun["Location"], "u-1")

    said = told(client.get(back), client)

    assert "begun elsewhere" in said
    assert who(client) is None


def test_sign_on__answer_used_twice__is_turned_away(acme, provider, client):
    begun = client.get("/admin/single-sign-on/acme/")
    back = provider.sign_in(begun["Location"], "u-1")
    client.get(back)
    client.logout()

    assert "begun elsewhere" in told(client.get(back), client)
    assert who(client) is None


def test_sign_on__nonce_of_another_sign_in__is_turned_away(acme, provider, client):
    begun = client.get("/admin/single-sign-on/acme/")
    address = begun["Location"].replace("nonce=", "nonce=other")

    said = told(client.get(provider.sign_in(address, "u-1")), client)

    assert "belongs to another sign-in" in said
    assert not User.objects.exists()


def test_sign_on__cancelled_at_the_provider__says_so(acme, provider, client):
    begun = client.get("/admin/single-sign-on/acme/")

    assert "cancelled" in told(client.get(provider.sign_in(begun["Location"], "")), client)


def test_sign_on__name_of_a_platform_administrator__is_another_login(acme, provider, client):
    root = user_of(None, "root")

    signed_in(client, provider, "u-2")

    assert who(client) == "acme/root"
    assert not SocialAccount.objects.filter(user=root).exists()


def test_sign_on__login_of_another_organisation__stays_in_its_own(acme, provider, client):
    bo = user_of(organisation_named("globex"), "bo")

    signed_in(client, provider, "u-3")

    assert who(client) == "acme/globex-bo"
    assert not SocialAccount.objects.filter(user=bo).exists()


def test_sign_on__no_login_in_the_claims__is_turned_away(acme, provider, client):
    assert "did not say who you are" in told(signed_in(client, provider, "u-4"), client)
    assert not User.objects.exists()


def test_sign_on__login_with_a_password__is_not_taken_over_unless_allowed(acme, provider, client):
    mine = user_of(acme, "ana.lytic")
    assert "There is a user acme/ana.lytic already" in told(
        signed_in(client, provider, "u-1"), client
    )
    connected("acme", provider, takes_over_users=True)

    signed_in(client, provider, "u-1")

    assert who(client) == mine.login


def test_sign_on__makes_no_users__strangers_are_turned_away(provider, client):
    connected("acme", provider, makes_users=False)

    assert "There is no user acme/ana.lytic" in told(signed_in(client, provider, "u-1"), client)


def test_sign_on__switched_off__is_turned_away(acme, provider, client):
    signed_in(Client(), provider, "u-1")
    User.objects.update(is_active=False)

    assert "switched off" in told(signed_in(client, provider, "u-1"), client)
    assert who(client) is None


def test_sign_on__same_person_at_two_organisations__is_two_users(acme, provider, client):
    connected("globex", provider)
    signed_in(client, provider, "u-1")

    other = Client()
    signed_in(other, provider, "u-1", "globex")

    assert (who(client), who(other)) == ("acme/ana.lytic", "globex/ana.lytic")


def test_sign_on__wrong_secret__is_turned_away_without_it(acme, provider, client, caplog):
    set_secret(acme, "sso", "hunter2-wrong", actor="root")

    said = told(signed_in(client, provider, "u-1"), client)

    assert "did not let you in" in said
    assert "hunter2" not in said + caplog.text


def test_sign_on__provider_away__says_so(acme, client):
    IdentityProvider.objects.update(issuer="http://127.0.0.1:9")

    said = told(client.get("/admin/single-sign-on/acme/"), client)

    assert "does not answer as it should" in said


def test_sign_on__secret_of_the_client__lies_in_no_row(acme, provider, client):
    signed_in(client, provider, "u-1")

    assert not SocialApp.objects.exists()
    assert CLIENT_SECRET not in str(list(IdentityProvider.objects.values()))


def test_sign_on__to_connect_a_stranger__is_turned_away(acme, provider, client):
    client.force_login(user_of(organisation_named("globex")))
    begun = client.get("/admin/single-sign-on/acme/?process=connect")

    client.get(provider.sign_in(begun["Location"], "u-1"))

    assert not SocialAccount.objects.exists()


def test_sign_out__after_single_sign_on__says_that_the_other_session_goes_on(
    acme, provider, client
):
    signed_in(client, provider, "u-1")

    client.post("/admin/logout/")

    assert who(client) is None
    assert "identity provider goes on" in client.get("/admin/login/").content.decode()
