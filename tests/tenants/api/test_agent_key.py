import pytest

from tenants.services.namespaces import keep_secret
from tests.factories import ACTOR, user_of
from tests.real_vault import fresh_mount

HERE = "/api/v1/organisations/acme/environments/production/agent-key"


def test_rotate__keys_that_are_derived__says_why_not(
    environment, client_of, platform_administrator
):
    answer = client_of(platform_administrator).post(HERE, {}, format="json")

    assert answer.status_code == 400
    assert "derive from its master key" in answer.json()["detail"]


@pytest.mark.parametrize("role", ["developer", "viewer"])
def test_rotate__without_the_right__is_refused(environment, client_of, role):
    api = client_of(user_of(environment.organisation, "dev", role=role))

    answer = api.post(HERE, {}, format="json")

    assert answer.status_code == 403
    assert "no binding gives agent.create here" in answer.json()["detail"]


def test_rotate__vault_does_not_answer__is_unavailable(
    environment, client_of, platform_administrator
):
    environment.kv_url = "vault://127.0.0.1:1/vamp?tls=off"
    environment.save()
    keep_secret(environment, "kv", "token:x", actor=ACTOR)

    answer = client_of(platform_administrator).post(HERE, {}, format="json")

    assert answer.status_code == 503
    assert "cannot be reached" in answer.json()["detail"]


@pytest.mark.stack
def test_rotate__in_vault__shows_the_new_key_once(environment, client_of, platform_administrator):
    with fresh_mount() as mount:
        environment.kv_url = mount.url
        environment.save()
        keep_secret(environment, "kv", mount.key, actor=ACTOR)

        answer = client_of(platform_administrator).post(HERE, {"grace_s": 60}, format="json")

        assert answer.status_code == 201
        assert answer.json()["key"].startswith("approle:")
        assert answer.json()["url"] == mount.url
