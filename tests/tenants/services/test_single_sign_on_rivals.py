"""Two who say at the same time by which provider an organisation's people sign in."""

from __future__ import annotations

import threading

import pytest

from tenants.models import IdentityProvider, SsoGroupMapping
from tenants.services.single_sign_on import set_provider
from tests.conftest import DATABASES
from tests.factories import organisation_named
from tests.rivals import Rival
from vamp.databases import DEFAULT
from vamp.models import AuditEntry

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True, databases=DATABASES)]

MANY = 4


def test_set_provider__many_at_once__one_after_the_other_and_each_tells_what_it_found():
    acme = organisation_named("acme")
    start = threading.Barrier(MANY)

    def one(number):
        start.wait(30)
        set_provider(
            acme, groups=[("sre", f"group-{number}")], actor="root", title=f"login {number}",
            issuer="https://login.acme.test", client_id="vamp",
        )  # fmt: skip

    for rival in [Rival(lambda number=number: one(number)) for number in range(MANY)]:
        rival.outcome()

    entries = AuditEntry.objects.using(DEFAULT).filter(verb="organisation.sign_on_set")
    told = [(each.before, each.after) for each in entries.order_by("pk")]
    assert len(told) == MANY
    assert told[0][0] is None
    assert [after["title"] for _, after in told[:-1]] == [before["title"] for before, _ in told[1:]]
    held = IdentityProvider.objects.get()
    assert held.title == told[-1][1]["title"]
    assert SsoGroupMapping.objects.get().group_name == held.title.replace("login ", "group-")
