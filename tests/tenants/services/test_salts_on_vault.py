"""Salts in a real Vault: made, turned over, dropped, and what a sign-in does without it."""

from __future__ import annotations

import pytest

from tenants.connections import namespaces
from tenants.services import salts
from tests.away import no_store
from tests.factories import PASSWORD, organisation_named, user_of
from tests.real_vault import fresh_mount, root_token

pytestmark = [pytest.mark.stack, pytest.mark.django_db(databases=["default", "dedicated"])]


@pytest.fixture(scope="module")
def mount():
    with fresh_mount() as found:
        yield found


@pytest.fixture
def vault(mount, settings):
    settings.KV_URL, settings.KV_KEY = mount.url, f"token:{root_token()}"
    namespaces._held.clear()
    yield mount
    mount.empty()


def test_salts__in_vault__open_turn_over_and_are_dropped(vault, client, monkeypatch):
    ana, root = user_of(organisation_named("acme")), user_of(None, "root")
    assert {"acme/organisation", "_/installation"} <= set(vault().keys(""))

    new = salts.rotate_salt(ana.organisation, actor="root")

    for user in (ana, root):
        assert client.login(username=user.login, password=PASSWORD)
    ana.refresh_from_db()
    assert ana.password_salt == new
    monkeypatch.setattr(salts, "_is_settled", lambda document: True)
    assert len(salts.drop_unused_salts(ana.organisation)) == 1
    assert client.login(username=ana.login, password=PASSWORD)


def test_sign_in__vault_away__is_a_503_that_counts_nothing(vault, client, settings):
    user = user_of(organisation_named("acme"))
    form = {"username": user.login, "password": PASSWORD}

    with no_store(settings):
        answer = client.post("/admin/login/", form)

    assert answer.status_code == 503
    assert "nothing was changed" in answer.content.decode()
    assert client.post("/admin/login/", form).status_code == 302
