from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.connections import installation_kv
from tenants.models import ApiToken, Environment, LifeState
from tenants.services.deletion_steps import STEPS, Waiting
from tests.conftest import DATABASES
from tests.tenants.services.deleting import begun, furnished
from vamp.models import AuditEntry, Lease, OutboxEvent

pytestmark = pytest.mark.django_db(databases=DATABASES)

STEP = {step.name: step for step in STEPS}


def run(name, deletion, environment):
    return list(STEP[name].run(deletion, environment))


def test_stop__somebody_still_follows_the_scheduler__waits_and_says_who(database):
    one, _ = furnished(database)
    deletion = begun(one.environment)
    lease = Lease.objects.using(database).create(
        name=f"discovery/{one.environment.pk}", holder="host:1",
        expires_at=timezone.now() + timedelta(seconds=20),
    )  # fmt: skip

    with pytest.raises(Waiting, match="discovery to end, which host:1 still does"):
        run("stop", deletion, one.environment)

    Lease.objects.using(database).filter(pk=lease.pk).update(expires_at=timezone.now())
    run("stop", deletion, one.environment)


def test_stop__dedicated_database__its_mirror_says_so_too(database):
    one, _ = furnished(database)

    run("stop", begun(one.environment), one.environment)

    mirrored = Environment.objects.using(database).get(pk=one.environment.pk)
    assert mirrored.state == LifeState.DELETING


def test_access__agents_have_a_token__it_goes_and_other_tokens_stay(database):
    one, other = furnished(database)
    before = ApiToken.objects.count()

    run("access", begun(one.environment), one.environment)

    assert ApiToken.objects.count() == before - 1
    assert not ApiToken.objects.filter(agent_of=one.environment).exists()
    assert AuditEntry.objects.using("default").get(verb="token.revoked").name == "vga"
    assert ApiToken.objects.filter(agent_of=other.environment).exists()


def test_keys__of_the_environment__go_but_for_its_own_document(database):
    one, _ = furnished(database)

    told = run("keys", begun(one.environment), one.environment)

    assert told == [(1, 2), (2, 2)]
    # That of the organisation holds the salt of its people's passwords.
    kept = ["acme/organisation", "acme/production/environment"]
    assert sorted(installation_kv().keys("acme")) == kept
    assert len(installation_kv().keys("globex/production")) == 3


def test_events__of_the_environment__go_and_others_stay(database):
    one, _ = furnished(database)
    deletion = begun(one.environment)
    theirs = OutboxEvent.objects.using(database).filter(organisation="globex").count()

    run("events", deletion, one.environment)

    rows = OutboxEvent.objects.using(database).filter(organisation="acme", environment="production")
    newest = OutboxEvent.objects.using(database).order_by("-position").first()
    assert [row.pk for row in rows] in ([], [newest.pk])
    assert OutboxEvent.objects.using(database).filter(organisation="globex").count() == theirs


def test_secrets__document_in_the_store__goes_with_what_came_late(database):
    one, _ = furnished(database)

    run("secrets", begun(one.environment), one.environment)

    assert installation_kv().keys("acme/production") == []


@pytest.mark.parametrize("step", [step.name for step in STEPS])
def test_step__made_twice__changes_nothing_more(database, step):
    one, _ = furnished(database)
    deletion = begun(one.environment)
    for name in STEP:
        run(name, deletion, one.environment)
        if name == step:
            break

    run(step, deletion, one.environment)
