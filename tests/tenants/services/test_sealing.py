from __future__ import annotations

import pytest

from tenants.connections import installation_kv, namespaces
from tenants.domain.namespace import INSTALLATION_KEY, SECOND_FACTOR_SECRET, Namespace
from tenants.secrets import INSTALLATION
from tenants.services.namespaces import write
from tenants.services.sealing import SealBroken, seal, unseal
from tests.away import no_store
from vamp.errors import Unavailable

pytestmark = pytest.mark.django_db


def test_seal__a_secret__comes_back_and_does_not_show():
    sealed = seal("JBSWY3DPEHPK3PXP")

    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert unseal(sealed) == "JBSWY3DPEHPK3PXP"
    assert seal("JBSWY3DPEHPK3PXP") != sealed


def test_seal__twice__is_one_key_in_the_store_alone():
    seal("a")
    first = Namespace.from_json(installation_kv().get(INSTALLATION_KEY).value)
    namespaces.forget(INSTALLATION)
    seal("b")

    again = Namespace.from_json(installation_kv().get(INSTALLATION_KEY).value)
    assert again.secrets[SECOND_FACTOR_SECRET] == first.secrets[SECOND_FACTOR_SECRET]


def test_unseal__key_was_lost__says_so():
    sealed = seal("a")
    write(INSTALLATION, lambda document: document.without_secret(SECOND_FACTOR_SECRET))

    with pytest.raises(SealBroken):
        unseal(sealed)


def test_unseal__store_away__says_so(settings):
    sealed = seal("a")

    with no_store(settings), pytest.raises(Unavailable, match="second factors cannot be checked"):
        unseal(sealed)
