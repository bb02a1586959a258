"""Each organisation keeps its trail for as long as it says."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tenants import tasks
from tenants.services import retention
from tenants.services.tenancy import change_organisation
from tests.factories import audit_entry_in, environment_in
from tests.vamp.audit.archive import Archive
from tests.vamp.audit.chains import emptied, keys
from vamp.audit.sealing import seal
from vamp.audit.verifying import verify
from vamp.databases import aliases
from vamp.models import AuditEntry
from vamp.ports.errors import PortUnavailable


def aged(environment, days, **fields):
    audit_entry_in(environment, at=timezone.now() - timedelta(days=days), **fields)


def test_prune_audit__each_organisation__keeps_for_as_long_as_it_says(environment):
    other = environment_in(environment.database, organisation="globex")
    change_organisation(environment.organisation, actor="root", audit_retention_days=30)
    database = environment.database
    for each in aliases():
        emptied(each)
    for tenant in (environment, other):
        aged(tenant, 40, name="old")
        aged(tenant, 5, name="young")
    seal(database, keys())

    tasks.prune_audit()

    left = AuditEntry.objects.using(database).filter(kind="gateway")
    assert sorted(left.values_list("organisation", "name")) == [
        ("acme", "young"), ("globex", "old"), ("globex", "young"),
    ]  # fmt: skip
    seal(database, keys())
    assert verify(database, keys()).is_whole


def test_kept_days__what_belongs_to_nobody__is_as_the_installation_says(environment, settings):
    assert dict(retention.kept_days()) == {"": settings.VAMP.audit_retention_days, "acme": 0}


def test_forget__archives__forget_as_well_and_one_that_is_away_keeps_its_own(
    environment, monkeypatch
):
    archives = {"": Archive(), "production": Archive()}
    pruned = []
    archives["production"].prune = lambda *, before: pruned.append(before)

    def away(*, before):
        raise PortUnavailable("away")

    archives[""].prune = away
    monkeypatch.setattr(retention, "audit_archive_of", lambda o, e: archives[e])
    before = timezone.now()

    retention.forget("acme", before=before)

    assert pruned == [before]


def test_since_when_kept__by_what_an_organisation_says__is_a_moment_or_for_ever(environment):
    other = environment_in(environment.database, organisation="globex")
    change_organisation(environment.organisation, actor="root", audit_retention_days=30)
    now = timezone.now()

    since = retention.since_when_kept(now)

    assert since("acme") == now - timedelta(days=30)
    assert since(other.organisation.name) is None
    assert since("") == now - timedelta(days=365)
    assert since("gone") is None
