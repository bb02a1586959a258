from __future__ import annotations

from tenants.domain.namespace import ENVIRONMENT_SECRETS
from tenants.domain.store import OF_ENVIRONMENT, OF_INSTALLATION, OF_ORGANISATION, SETTABLE, Store


def test_stores__every_one__has_a_label_and_a_place():
    assert all(store.label for store in Store)
    assert {*OF_ENVIRONMENT, *OF_INSTALLATION, *OF_ORGANISATION} == set(Store)


def test_settable__what_may_be_set_by_a_url__has_a_secret_of_its_name():
    assert {store.value for store in SETTABLE} == set(ENVIRONMENT_SECRETS)
