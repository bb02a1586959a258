from __future__ import annotations

import pytest
from django.db import transaction

from vamp import audit
from vamp.audit.hashing import digest
from vamp.audit.sealing import content_of
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


def test_record__any_entry__has_the_digest_of_what_it_says(environment):
    token = audit.origin.set(audit.Origin("10.0.0.1", "r", "ab/ci"))
    try:
        record(environment, before={"a": 1.0, "b": [True, None]}, after={"ü": "☂"})
    finally:
        audit.origin.reset(token)

    entry = entries(environment).get()
    assert entry.token == "ab/ci"
    assert entry.digest == digest(content_of(entry))
    assert (entry.position, entry.link) == (None, "")


def test_record__what_looks_like_a_secret__is_blanked(environment):
    record(environment, before={"password": "hunter2"}, after={"url": "nats://a:hunter2@h"})

    entry = entries(environment).get()
    assert "hunter2" not in f"{entry.before}{entry.after}"
    assert entry.after == {"url": "nats://a:•••@h"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [("2001:DB8:0::1", "2001:db8::1"), ("unix:", None), ("", None), ("10.0.0.1", "10.0.0.1")],
)
def test_record__source_address__has_one_form(environment, given, kept):
    token = audit.origin.set(audit.Origin(given, "r"))
    try:
        record(environment)
    finally:
        audit.origin.reset(token)

    entry = entries(environment).get()
    assert entry.source_address == kept
    assert entry.digest == digest(content_of(entry))


def test_record__an_entry__is_one_statement(environment, django_assert_num_queries):
    with django_assert_num_queries(1, using=environment.database):
        record(environment, after={"a": 1})
