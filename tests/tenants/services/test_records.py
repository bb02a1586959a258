from __future__ import annotations

from django.db import transaction

from tenants import events
from tenants.services.records import tell
from vamp.models import AuditEntry, OutboxEvent


def test_tell__environment_and_organisation__both_records_name_it(environment):
    with transaction.atomic():
        tell(environment, "environment.changed", events.ENVIRONMENT_CHANGED, "root", after={"a": 1})
        tell(
            environment.organisation, "organisation.changed", events.ORGANISATION_CHANGED, "root",
            before={"a": 1},
        )  # fmt: skip

    of_environment, of_organisation = AuditEntry.objects.using("default").order_by("-id")[:2][::-1]
    assert (of_environment.name, of_environment.environment) == (environment.path, "production")
    assert (of_organisation.name, of_organisation.environment) == ("acme", "")
    assert (of_environment.after, of_organisation.before) == ({"a": 1}, {"a": 1})
    one, other = OutboxEvent.objects.using("default").order_by("-id")[:2][::-1]
    assert one.payload["environment_id"] == environment.pk
    assert other.subject == "vamp.acme._.tenants.organisation.changed"
