from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from tenants.models import User
from tenants.models.user import validate_login
from tests.factories import PASSWORD, organisation_named, user_of


@given(st.from_regex(r"([a-z0-9]{1,9}/)?[a-z0-9]([a-z0-9._-]{0,9}[a-z0-9])?", fullmatch=True))
def test_validate_login__organisation_and_user__passes(login):
    validate_login(login)


@pytest.mark.parametrize(
    "login", ["", "/", "acme/", "/ana", "a/b/c", "Ana", "acme/a\nb", "acme/ana\n", "acme/-ana", "ä"]
)
def test_validate_login__anything_else__is_refused(login):
    with pytest.raises(ValidationError, match="Write organisation/user"):
        validate_login(login)


def test_create_user__login_names_its_organisation__is_found_by_it(db):
    organisation = organisation_named("acme")

    assert User.objects.create_user("acme/ana", PASSWORD).organisation == organisation


def test_create_user__organisation_and_login_differ__is_refused(db):
    organisation_named("acme")

    with pytest.raises(ValidationError, match="must start with the organisation"):
        User.objects.create_user("acme/ana", PASSWORD, organisation=organisation_named("globex"))


def test_create_superuser__without_a_slash__is_a_platform_administrator(db):
    assert User.objects.create_superuser("root", PASSWORD).is_platform_administrator


def test_save__neither_organisation_nor_administrator__is_refused_by_the_database(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        User(login="nobody").save()


def test_is_platform_administrator__superuser_of_an_organisation__is_not(environment):
    user = user_of(environment.organisation)
    user.is_superuser = True

    assert not user.is_platform_administrator


def test_is_staff__switched_off__is_not(person):
    assert person.is_staff
    person.is_active = False

    assert not person.is_staff


def test_visible_to__colleagues__are_and_strangers_are_not(
    person, other_environment, platform_administrator
):
    colleague = user_of(person.organisation, "bo")
    stranger = user_of(other_environment.organisation)

    assert set(User.objects.visible_to(person)) == {person, colleague}
    assert set(User.objects.visible_to(stranger)) == {stranger}
    assert User.objects.visible_to(platform_administrator).count() == 4


def test_names__of_a_person__are_full_name_and_login_without_organisation(person):
    assert (person.get_full_name(), person.get_short_name()) == ("acme/ana", "ana")
    person.full_name = "Ana Lytic"

    assert person.get_full_name() == "Ana Lytic"


def test_createsuperuser__from_the_command_line__makes_a_platform_administrator(db):
    call_command("createsuperuser", login="root", interactive=False, verbosity=0)

    assert User.objects.get(login="root").is_platform_administrator


def test_check_password__of_another_organisation__does_not_open_the_same_hash(db):
    ana = user_of(organisation_named("acme"))
    twin = user_of(organisation_named("globex"))
    User.objects.filter(pk=twin.pk).update(password=ana.password, password_salt=twin.password_salt)
    twin.refresh_from_db()

    assert ana.check_password(PASSWORD)
    assert not twin.check_password(PASSWORD)


def test_check_password__hash_from_before_there_were_salts__opens_and_is_made_anew(db):
    user = user_of(organisation_named("acme"))
    User.objects.update(password=make_password(PASSWORD), password_salt="")
    user.refresh_from_db()

    assert not user.check_password("wrong")
    assert User.objects.get().password_salt == ""
    assert user.check_password(PASSWORD)

    user.refresh_from_db()
    assert user.password_salt
    assert user.check_password(PASSWORD)


def test_check_password__hash_of_an_older_kind__is_made_anew(db, settings):
    user = user_of(organisation_named("acme"))
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.Argon2PasswordHasher", *settings.PASSWORD_HASHERS
    ]  # fmt: skip

    assert user.check_password(PASSWORD)

    user.refresh_from_db()
    assert user.password.startswith("argon2$argon2id$")
    assert user.check_password(PASSWORD)


def test_check_password__changed_meanwhile__is_not_set_back(db):
    user = user_of(organisation_named("acme"))
    User.objects.update(password=make_password(PASSWORD), password_salt="")
    user.refresh_from_db()
    User.objects.update(password="changed meanwhile")

    assert user.check_password(PASSWORD)

    assert User.objects.get().password == "changed meanwhile"


@pytest.mark.parametrize("raw", [None, "", "x"])
def test_check_password__no_usable_password__opens_to_nothing(db, raw):
    user = user_of(organisation_named("acme"))
    user.set_password(None)

    assert not user.has_usable_password()
    assert user.password_salt == ""
    assert not user.check_password(raw)


def test_check_password__salt_is_gone__is_wrong(db):
    user = user_of(organisation_named("acme"))
    user.password_salt = "gone"

    assert not user.check_password(PASSWORD)


def test_acheck_password__asked_so__answers_the_same(db):
    user = user_of(None, "root")

    assert async_to_sync(user.acheck_password)(PASSWORD)
    assert not async_to_sync(user.acheck_password)("wrong")


def test_set_password__now__notes_when(db, now):
    user = User(login="root", is_superuser=True)

    user.set_password(PASSWORD)

    assert user.password_set_at >= now
