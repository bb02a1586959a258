from __future__ import annotations

import pytest

from gateways.services.scaling import scale_version
from policies import tasks as policies_tasks
from tenants.exceptions import NotActive
from tenants.models import Environment, LifeState, Organisation
from tenants.selectors import active_environments, kept_environments, namespace_row
from tenants.services import archiving
from tenants.services.deletion import delete_environment
from tenants.services.namespaces import forget_secret, set_secret
from tenants.services.people import create_user
from tenants.services.tenancy import change_environment, change_organisation, create_environment
from tenants.services.tokens import create_token, revoke_token
from tests.factories import ACTOR, PASSWORD, gateway_with, user_of
from vamp.models import AuditEntry, OutboxEvent


def fresh(environment):
    return Environment.objects.select_related("organisation").get(pk=environment.pk)


def test_archive_environment__active__is_kept_mirrored_audited_and_told(environment):
    archiving.archive_environment(environment, actor="root")

    for alias in {"default", environment.database}:
        row = Environment.objects.using(alias).get(pk=environment.pk)
        assert (row.state, row.state_by) == (LifeState.ARCHIVED, "root")
    entry = AuditEntry.objects.using("default").get(verb="environment.archived")
    assert (entry.before, entry.after) == ({"state": "active"}, {"state": "archived"})
    assert (
        OutboxEvent.objects.using("default")
        .filter(subject="vamp.acme.production.tenants.environment.archived")
        .exists()
    )
    assert active_environments() == []
    assert kept_environments() == [environment]
    assert namespace_row("acme", "production") is None


def test_archive_environment__again__changes_nothing(environment):
    archiving.archive_environment(environment, actor="root")

    archiving.archive_environment(fresh(environment), actor="somebody")

    assert fresh(environment).state_by == "root"
    assert AuditEntry.objects.using("default").filter(verb="environment.archived").count() == 1


def test_restore_environment__archived__changes_again(environment):
    archiving.archive_environment(environment, actor="root")

    archiving.restore_environment(environment, actor="root")

    change_environment(fresh(environment), actor=ACTOR, title="back")
    assert active_environments() == [environment]


def test_restore_environment__being_deleted__is_refused(environment):
    delete_environment(environment, confirm="production", actor="root")

    for act in (archiving.restore_environment, archiving.archive_environment):
        with pytest.raises(NotActive, match="being deleted"):
            act(fresh(environment), actor="root")


def test_archive_organisation__environments__are_idle_and_keep_their_own_state(environment):
    archived = create_environment(environment.organisation, "old", actor=ACTOR)
    archiving.archive_environment(archived, actor=ACTOR)
    organisation = Organisation.objects.get()

    archiving.archive_organisation(organisation, actor="root")
    assert active_environments() == []
    mirrored = Organisation.objects.using(environment.database).get()
    assert mirrored.state == LifeState.ARCHIVED
    archiving.restore_organisation(organisation, actor="root")

    assert active_environments() == [environment]


WRITES = {
    "change": lambda e: change_environment(e, actor=ACTOR, title="x"),
    "secret": lambda e: set_secret(e, "kv", "x", actor=ACTOR),
    "no secret": lambda e: forget_secret(e, "kv", actor=ACTOR),
    "token": lambda e: create_token("vga", actor=ACTOR, agent_of=e),
    "scale": lambda e: scale_version(e, "shop", "1.0.0", 2, actor=ACTOR),
}


@pytest.mark.parametrize("write", WRITES)
def test_service__environment_is_archived__refuses(environment, write):
    archiving.archive_environment(environment, actor="root")

    with pytest.raises(NotActive, match="environment acme/production is archived"):
        WRITES[write](fresh(environment))


def test_service__organisation_is_archived__refuses(environment):
    organisation = environment.organisation
    ana = user_of(organisation)
    token, _ = create_token("mine", actor=ACTOR, user=ana)
    archiving.archive_organisation(organisation, actor="root")
    ana.refresh_from_db()  # as the next request reads them

    for write in (
        lambda: change_organisation(organisation, actor=ACTOR, title="x"),
        lambda: create_environment(organisation, "second", actor=ACTOR),
        lambda: create_user("acme/bo", PASSWORD, actor=ACTOR, organisation=organisation),
        lambda: create_token("more", actor=ACTOR, user=ana),
        lambda: set_secret(organisation, "kv", "x", actor=ACTOR),
    ):
        with pytest.raises(NotActive, match="organisation acme is archived"):
            write()
    revoke_token(token, actor=ACTOR)  # that a stolen token works on would help nobody


def test_agents__of_an_archived_environment__are_kept_in_tokens_by_vamp_itself(environment):
    archiving.archive_environment(environment, actor="root")

    create_token("agents", actor="vamp:up", agent_of=fresh(environment))


def test_tick__archived__starts_and_moves_nothing(environment, monkeypatch):
    gateway_with(environment, {"1.0.0": 10_000})
    archiving.archive_environment(environment, actor="root")
    monkeypatch.setattr(policies_tasks, "_tick", pytest.fail)

    policies_tasks.tick()
    policies_tasks.start_due_in(environment.pk)
