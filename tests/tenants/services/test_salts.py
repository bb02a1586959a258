from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tenants.connections import installation_kv, namespaces
from tenants.domain.namespace import INSTALLATION_KEY, Namespace
from tenants.models import User
from tenants.secrets import INSTALLATION, key_of
from tenants.services import salts
from tenants.services.namespaces import set_secret, write
from tests.away import no_store
from tests.factories import PASSWORD, organisation_named, user_of
from vamp.databases import DEFAULT
from vamp.errors import Unavailable
from vamp.models import AuditEntry, OutboxEvent


@pytest.fixture
def organisation(db):
    return organisation_named("acme")


def held(holder):
    return Namespace.from_json(installation_kv().get(key_of(holder)).value)


def long_ago(holder):
    """Let the salts be older than what may still be on its way to a row."""
    then = (timezone.now() - salts.SETTLED_AFTER - timedelta(seconds=1)).isoformat()
    write(
        holder,
        lambda document: replace(
            document,
            salts={key: replace(salt, made_at=then) for key, salt in document.salts.items()},
        ),
    )


def test_salted__first_password__makes_the_salt_in_the_store_alone(organisation):
    found = salts.salted(organisation, PASSWORD)

    assert found.is_newest
    assert set(held(organisation).salts) == {found.key_id} == {held(organisation).salt}
    user = user_of(organisation)
    value = held(organisation).salts[found.key_id].value
    assert value not in str(list(User.objects.values()))
    assert user.password_salt == found.key_id


def test_salted__two_organisations__mix_the_same_password_differently(organisation):
    other = organisation_named("globex")

    texts = {salts.salted(each, PASSWORD).text for each in (organisation, other, None)}

    assert len(texts) == 3


def test_salted__platform_administrators__have_the_installations(db):
    root = user_of(None, "root")

    assert Namespace.from_json(installation_kv().get(INSTALLATION_KEY).value).salt
    assert held(INSTALLATION).salt == root.password_salt


def test_salted__secret_of_the_same_document__stays(organisation):
    set_secret(organisation, "kv", "hunter2", actor="root")

    salts.salted(organisation, PASSWORD)

    assert held(organisation).secrets["kv"].value == "hunter2"


def test_salted__several_at_once__agree_on_one_salt(organisation):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(salts.salted(organisation, PASSWORD).text))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(found)) == 1
    assert len(held(organisation).salts) == 1


def test_salted__key_id_that_is_gone__is_nothing(organisation):
    salts.salted(organisation, PASSWORD)

    assert salts.salted(organisation, PASSWORD, "gone") is None


def test_salted__made_by_another_process_a_moment_ago__is_read_anew(organisation):
    salts.salted(organisation, PASSWORD)
    before = namespaces.document(organisation)
    key_id = salts.rotate_salt(organisation, actor="root")
    namespaces._held[key_of(organisation)] = replace(
        namespaces._held.get(key_of(organisation)) or _read(before), document=before
    )

    assert salts.salted(organisation, PASSWORD, key_id).key_id == key_id


def _read(document):
    from tenants.secrets import _Read

    return _Read(document, float("inf"))


def test_salted__store_away__says_so_and_changes_nothing(organisation, settings):
    user = user_of(organisation)
    before = User.objects.values().get()

    with no_store(settings):
        with pytest.raises(Unavailable, match="passwords cannot be checked; nothing was changed"):
            salts.salted(organisation, PASSWORD)
        with pytest.raises(Unavailable):
            user.check_password(PASSWORD)
        with pytest.raises(Unavailable):
            user.set_password("another long phrase")

    assert User.objects.values().get() == before
    assert user.check_password(PASSWORD)


def test_salted__store_goes_away_later__goes_on_with_what_was_read(organisation, settings):
    user = user_of(organisation)
    user.check_password(PASSWORD)
    settings.KV_URL, settings.KV_KEY = "vault://127.0.0.1:9/vamp?tls=off", "token:none"

    assert user.check_password(PASSWORD)


def test_rotate_salt__once__everybody_moves_at_the_next_sign_in(organisation, client):
    ana, bo = user_of(organisation), user_of(organisation, "bo")
    old = ana.password_salt

    new = salts.rotate_salt(organisation, actor="root")

    assert client.login(username=ana.login, password=PASSWORD)
    rows = dict(User.objects.values_list("login", "password_salt"))
    assert rows == {ana.login: new, bo.login: old}
    assert client.login(username=ana.login, password=PASSWORD)
    assert not client.login(username=ana.login, password="wrong" + PASSWORD)
    assert client.login(username=bo.login, password=PASSWORD)
    assert salts.used_salts(organisation) == {new}


def test_rotate_salt__sessions_of_the_person__go_on(organisation, client):
    user = user_of(organisation)
    elsewhere = Client()
    elsewhere.force_login(user)
    salts.rotate_salt(organisation, actor="root")

    client.login(username=user.login, password=PASSWORD)

    assert elsewhere.get("/api/v1/me").status_code == 200


def test_rotate_salt__once__is_told_without_the_salt(organisation):
    user_of(organisation)

    key_id = salts.rotate_salt(organisation, actor="root")

    entry = AuditEntry.objects.using(DEFAULT).order_by("id").last()
    event = OutboxEvent.objects.using(DEFAULT).order_by("id").last()
    assert (entry.actor, entry.verb) == ("root", "organisation.salt_rotated")
    assert event.subject == "vamp.acme._.tenants.salt.changed"
    assert held(organisation).salts[key_id].value not in f"{entry.after} {event.payload}"


def test_drop_unused_salts__somebody_still_needs_it__keeps_it(organisation, client):
    user_of(organisation)
    bo = user_of(organisation, "bo")
    salts.rotate_salt(organisation, actor="root")
    long_ago(organisation)
    client.login(username="acme/ana", password=PASSWORD)

    assert salts.drop_unused_salts(organisation) == []
    assert client.login(username=bo.login, password=PASSWORD)


def test_drop_unused_salts__nobody_needs_it__drops_it(organisation, client):
    old = user_of(organisation).password_salt
    new = salts.rotate_salt(organisation, actor="root")
    client.login(username="acme/ana", password=PASSWORD)
    assert salts.drop_unused_salts(organisation) == []  # it might be on its way to a row
    long_ago(organisation)

    assert salts.drop_unused_salts(organisation) == [old]

    assert set(held(organisation).salts) == {new}
    assert client.login(username="acme/ana", password=PASSWORD)
    assert AuditEntry.objects.using(DEFAULT).filter(verb="organisation.salt_dropped").exists()


def test_drop_unused_salts__of_a_salt_never_made__does_nothing(organisation):
    assert salts.drop_unused_salts(organisation) == []
    assert salts.drop_unused_salts(INSTALLATION) == []
