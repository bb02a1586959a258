from __future__ import annotations

import pytest

from tenants.models import Environment
from tenants.services.setup import steps
from tenants.services.setup.steps import STEPS, ByHand
from tenants.services.tenancy import change_environment
from tenants.services.tokens import create_token
from tests.factories import ACTOR


def step(name):
    return next(each for each in STEPS if each.name == name)


@pytest.mark.parametrize("name", ["kv", "access", "events", "metrics"])
def test_step__done__is_prepared_and_may_be_done_again(environment, name):
    step(name).do(environment)
    step(name).do(environment)

    assert step(name).look(environment).is_prepared


def test_database__mirror_lost__is_copied_again(environment):
    if environment.database == "default":
        assert step("database").look(environment).is_prepared
        return
    rows = Environment.objects.using(environment.database)
    rows._raw_delete(environment.database)

    before = step("database").look(environment)
    step("database").do(environment)

    assert not before.is_prepared
    assert step("database").look(environment).is_prepared


def test_database__migrations_missing__runs_them_for_that_database(environment, monkeypatch):
    ran = []
    monkeypatch.setattr(steps.checking, "pending_migrations", lambda alias: ["vamp.0009_new"])
    monkeypatch.setattr(steps, "call_command", lambda name, **options: ran.append((name, options)))

    step("database").do(environment)

    assert ran[0][0] == "migrate"
    assert ran[0][1]["database"] == environment.database


def test_kv__configuration_not_written__is_told(environment):
    step("kv").do(environment)
    change_environment(environment, actor=ACTOR, title="New")

    found = step("kv").look(environment)

    assert not found.is_prepared
    assert "configuration of acme/production" in found.findings[-1].what


def test_scheduler__none_set__is_for_a_person(environment):
    with pytest.raises(ByHand, match="scheduler"):
        step("scheduler").do(environment)


def test_scheduler__folder__is_made(environment, tmp_path):
    change_environment(environment, actor=ACTOR, scheduler_url=f"local:{tmp_path}/new/services")

    step("scheduler").do(environment)

    assert (tmp_path / "new" / "services").is_dir()


def test_scheduler__cluster_that_lets_us_not__asks_for_an_administrator(environment):
    url = "kubernetes://127.0.0.1:1?tls=off"
    change_environment(environment, actor=ACTOR, scheduler_url=url, namespace="shop")

    with pytest.raises(ByHand, match="kubeconfig"):
        step("scheduler").do(environment)


def test_token__made_for_the_agents__is_done(environment):
    with pytest.raises(ByHand):
        step("token").do(environment)
    assert not step("token").look(environment).is_prepared

    create_token("vga", actor=ACTOR, agent_of=environment)

    assert step("token").look(environment).is_prepared


def test_steps__every_one__says_what_is_there_once_it_is_done():
    assert all(each.name and each.title for each in STEPS)
    assert len({each.name for each in STEPS}) == len(STEPS)
