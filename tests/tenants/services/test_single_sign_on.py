from __future__ import annotations

import pytest
from allauth.socialaccount.models import SocialAccount

from tenants.models import IdentityProvider, SsoGroupMapping, User
from tenants.services import single_sign_on
from tenants.services.single_sign_on import (
    admit,
    apply_groups,
    check_known,
    groups_in,
    login_of,
    remove_provider,
    set_provider,
)
from tests.factories import organisation_named, user_of
from vamp.databases import DEFAULT
from vamp.errors import Invalid, NotAllowed
from vamp.models import AuditEntry

FIELDS = {"title": "Acme login", "issuer": "https://login.acme.test", "client_id": "vamp"}


@pytest.fixture
def acme(db):
    return organisation_named("acme")


def provided(organisation, groups=(), **fields):
    return set_provider(organisation, groups=groups, actor="root", **{**FIELDS, **fields})


@pytest.mark.parametrize(
    ("claim", "login"),
    [
        ("ana", "acme/ana"),
        ("Ana.Lytic", "acme/ana.lytic"),
        ("ana@corp.test", "acme/ana-corp.test"),
        ("globex/bo", "acme/globex-bo"),
        ("../root", "acme/root"),
        ("x" * 100, "acme/" + "x" * 63),
        ("-ana-", "acme/ana"),
    ],
)
def test_login_of__any_claim__is_a_login_of_the_providers_organisation(acme, claim, login):
    provider = provided(acme)

    assert login_of(provider, {"preferred_username": claim}) == login


@pytest.mark.parametrize(
    "claims",
    [{}, {"preferred_username": ""}, {"preferred_username": "日本"}, {"preferred_username": ["a"]}],
)
def test_login_of__nothing_usable__is_refused(acme, claims):
    with pytest.raises(NotAllowed, match="did not say who you are"):
        login_of(provided(acme), claims)


def test_admit__new__is_made_without_a_password_and_is_told(acme):
    user = admit(provided(acme), {"preferred_username": "ana", "email": "not one", "name": "Ana"})

    assert (user.organisation, user.full_name, user.email) == (acme, "Ana", "")
    assert not user.has_usable_password()
    entry = AuditEntry.objects.using(DEFAULT).order_by("id").last()
    assert (entry.actor, entry.verb, entry.name) == ("vamp:sso", "user.created", "acme/ana")


def test_admit__user_with_a_password__only_where_taking_over_is_allowed(acme):
    ana = user_of(acme)
    with pytest.raises(NotAllowed, match="There is a user acme/ana already"):
        admit(provided(acme), {"preferred_username": "ana"})

    provider = provided(acme, takes_over_users=True)

    assert admit(provider, {"preferred_username": "ana"}) == ana
    SocialAccount.objects.create(user=ana, provider="acme", uid="somebody else")
    with pytest.raises(NotAllowed):
        admit(provider, {"preferred_username": "ana"})


def test_admit__superuser_of_the_organisation__is_not_taken_over(acme):
    user_of(acme)
    User.objects.update(is_superuser=True)

    with pytest.raises(NotAllowed):
        admit(provided(acme, takes_over_users=True), {"preferred_username": "ana"})


def test_admit__makes_no_users__refuses(acme):
    with pytest.raises(NotAllowed, match="There is no user acme/ana"):
        admit(provided(acme, makes_users=False), {"preferred_username": "ana"})
    assert not User.objects.exists()


def test_check_known__of_another_organisation_or_switched_off__is_refused(acme):
    provider = provided(acme)
    ana = user_of(acme)
    check_known(provider, ana)

    for user in (user_of(organisation_named("globex")), user_of(None, "root")):
        with pytest.raises(NotAllowed):
            check_known(provider, user)
    ana.is_active = False
    with pytest.raises(NotAllowed, match="switched off"):
        check_known(provider, ana)


def test_apply_groups__claimed__are_mapped_and_others_left_alone(acme):
    provided(acme, groups=[("devs", "developers"), ("devs", "everybody"), ("ops", "operators")])
    ana = user_of(acme)

    assert apply_groups(ana, ["devs", "unknown"]) == ["developers", "everybody"]
    assert apply_groups(ana, ["ops"]) == ["operators"]

    assert [(group.organisation, group.name) for group in ana.member_of.all()] == [
        (acme, "operators")
    ]
    assert apply_groups(user_of(None, "root"), ["ops"]) == []


@pytest.mark.parametrize(
    ("claim", "expected"),
    [(["a", 1, "b"], ["a", "b"]), ("a", ["a"]), (None, []), ({"a": 1}, [])],
)
def test_groups_in__whatever_is_claimed__is_a_list_of_texts(acme, claim, expected):
    provider = provided(acme)

    assert groups_in(provider, {"groups": claim}) == expected


def test_groups_in__no_claim_is_named__leaves_groups_alone(acme):
    assert groups_in(provided(acme, groups_claim=""), {"groups": ["a"]}) is None


def test_set_provider__again__replaces_it_with_its_mappings(acme):
    first = provided(acme, groups=[("devs", "developers"), ("devs", "developers")])

    again = provided(acme, groups=[("ops", "operators")], title="Other")

    assert (again.pk, again.title) == (first.pk, "Other")
    assert [str(each) for each in SsoGroupMapping.objects.all()] == ["ops → operators"]
    entry = AuditEntry.objects.using(DEFAULT).order_by("id").last()
    assert entry.before["groups"] == [{"claim": "devs", "group": "developers"}]


def test_set_provider__wrong__tells_every_fault(acme):
    with pytest.raises(Invalid) as caught:
        provided(acme, groups=[("", "Not A Label")], issuer="ftp://x", title="")

    assert {fault.pointer for fault in caught.value.faults} == {
        "/issuer", "/title", "/groups/0/claim", "/groups/0/group",
    }  # fmt: skip
    assert not IdentityProvider.objects.exists()


def test_remove_provider__once_or_twice__nobody_signs_in_by_it(acme):
    provided(acme, groups=[("devs", "developers")])
    ana = user_of(acme)
    SocialAccount.objects.create(user=ana, provider="acme", uid="u-1")

    for _ in range(2):
        remove_provider(acme, actor="root")

    assert not IdentityProvider.objects.exists()
    assert not SsoGroupMapping.objects.exists()
    assert not SocialAccount.objects.exists()
    assert User.objects.get() == ana
    verbs = AuditEntry.objects.using(DEFAULT).filter(verb__startswith="organisation.sign_on")
    assert [entry.verb for entry in verbs.order_by("id")] == [
        "organisation.sign_on_set", "organisation.sign_on_removed",
    ]  # fmt: skip
    assert single_sign_on.ACTOR == "vamp:sso"
