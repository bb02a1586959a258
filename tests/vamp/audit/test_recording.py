from __future__ import annotations

from django.db import transaction

from vamp import audit
from vamp.models import AuditEntry


def entries(environment):
    return AuditEntry.objects.using(environment.database).filter(kind="test")


def record(environment, **fields):
    audit.record(
        "acme/ana", "test.changed", "test", "shop", using=environment.database,
        organisation="acme", environment=environment.name, **fields,
    )  # fmt: skip


def test_record__outside_a_request__has_no_origin(environment):
    record(environment)

    entry = entries(environment).get()
    assert (entry.actor, entry.verb, entry.name) == ("acme/ana", "test.changed", "shop")
    assert (entry.source_address, entry.request_id) == (None, "")
    assert (entry.before, entry.after) == (None, None)


def test_record__within_a_request__says_where_it_came_from(environment):
    token = audit.origin.set(audit.Origin("2001:db8::1", "ci-1"))
    try:
        record(environment, before={"weight": "10%"}, after={})
    finally:
        audit.origin.reset(token)

    entry = entries(environment).get()
    assert (entry.source_address, entry.request_id) == ("2001:db8::1", "ci-1")
    assert (entry.before, entry.after) == ({"weight": "10%"}, {})


def test_record__change_is_taken_back__goes_with_it(environment):
    with transaction.atomic(using=environment.database):
        record(environment)
        transaction.set_rollback(True, using=environment.database)

    assert not entries(environment).exists()


def test_record__through_the_api__has_the_requests_id(api, environment):
    api.post(
        "/api/v1/organisations/acme/tokens", {"name": "ci"}, format="json",
        headers={"X-Request-Id": "ci-2"},
    )  # fmt: skip

    entry = AuditEntry.objects.using("default").get(verb="token.created")
    assert (entry.actor, entry.request_id, entry.source_address) == (
        "acme/ana",
        "ci-2",
        "127.0.0.1",
    )
