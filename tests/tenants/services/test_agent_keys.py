from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.models import Environment
from tenants.services import agent_keys
from tenants.services.namespaces import keep_secret
from tests.factories import ACTOR
from tests.real_vault import fresh_mount
from vamp import wiring
from vamp.errors import Invalid
from vamp.models import AuditEntry
from vamp.ports.errors import PortRefused, PortUnavailable

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])
KEY = "acme/production/gateways/manifest"


def test_agent_key__of_a_folder__opens_the_environment_alone(environment, settings):
    wiring.kv_from_url(settings.KV_URL, key=settings.KV_KEY).put(KEY, "{}")

    agents = wiring.kv_from_url(settings.KV_URL, key=agent_keys.agent_key(environment))

    assert agents.get(KEY).value == "{}"
    with pytest.raises(PortRefused):
        agents.get("globex/production/gateways/manifest")


def test_rotate__keys_that_are_derived__is_refused(environment):
    with pytest.raises(Invalid, match="derive from its master key"):
        agent_keys.rotate_agent_key(environment, actor=ACTOR)

    assert not AuditEntry.objects.using("default").filter(verb="agentkey.rotated").exists()


@pytest.mark.parametrize("grace_s", [-1, 10**9])
def test_rotate__a_grace_out_of_bounds__is_refused(environment, grace_s):
    with pytest.raises(Invalid, match="the grace is"):
        agent_keys.rotate_agent_key(environment, grace_s=grace_s, actor=ACTOR)


def test_rotate__vault_does_not_answer__changes_nothing(environment):
    environment.kv_url = "vault://127.0.0.1:1/vamp?tls=off"
    keep_secret(environment, "kv", "token:x", actor=ACTOR)

    with pytest.raises(PortUnavailable, match="cannot be reached"):
        agent_keys.rotate_agent_key(environment, actor=ACTOR)

    assert Environment.objects.get(pk=environment.pk).agent_keys_end_at is None


def test_end_due__a_store_that_is_away__is_asked_again_and_holds_up_nobody(environment):
    past = timezone.now() - timedelta(seconds=1)
    Environment.objects.filter(pk=environment.pk).update(
        kv_url="vault://127.0.0.1:1/vamp?tls=off", agent_keys_end_at=past
    )
    keep_secret(environment, "kv", "token:x", actor=ACTOR)

    assert agent_keys.end_due() == 0
    assert Environment.objects.get(pk=environment.pk).agent_keys_end_at == past


@pytest.mark.stack
def test_rotate__in_vault__old_and_new_open_until_the_grace_is_over(environment):
    with fresh_mount() as mount:
        environment.kv_url = mount.url
        environment.save()
        keep_secret(environment, "kv", mount.key, actor=ACTOR)
        mount().put(KEY, "{}")
        old = agent_keys.agent_key(environment)
        new = agent_keys.rotate_agent_key(environment, grace_s=0, actor=ACTOR)

        assert new != old
        assert mount.opened_with(old).get(KEY) is not None
        assert mount.opened_with(new).get(KEY) is not None
        assert agent_keys.agent_key(environment) == new

        assert agent_keys.end_due() == 1

        assert mount.opened_with(new).get(KEY) is not None
        with pytest.raises(PortRefused, match="does not know this AppRole or its secret id"):
            mount.opened_with(old).get(KEY)
        assert agent_keys.end_due() == 0
        assert new not in str(list(AuditEntry.objects.using("default").values()))
