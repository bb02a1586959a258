from __future__ import annotations

from pathlib import Path

import pytest

from gateways.management.agent_variables import agent_variables, forget_former, stem_of
from tenants.models import ApiToken
from tenants.services.namespaces import set_secret
from tests.factories import environment_in
from vamp.errors import Invalid


def test_agent_variables__embedded__open_this_environment_alone(environment, tmp_path):
    told = agent_variables(environment, tmp_path)

    key = (tmp_path / "acme+production.key").read_text()
    assert key.startswith("env:acme/production:")
    assert told["VAMP_AGENT_KV_KEY_FILE"] == str(tmp_path / "acme+production.key")
    assert "VAMP_AGENT_METRICS_URL_FILE" not in told  # the API writes for them
    assert "VAMP_AGENT_EVENTS_URL" not in told  # they watch the store
    assert key not in "".join(told.values())


def test_agent_variables__twice__keep_the_token_that_is_good(environment, tmp_path):
    file = Path(agent_variables(environment, tmp_path)["VAMP_AGENT_API_TOKEN_FILE"])
    first = file.read_text()

    agent_variables(environment, tmp_path)

    assert file.read_text() == first
    assert ApiToken.objects.filter(agent_of=environment).count() == 1


def test_agent_variables__token_was_revoked__make_another(environment, tmp_path):
    agent_variables(environment, tmp_path)
    ApiToken.objects.filter(agent_of=environment).delete()

    agent_variables(environment, tmp_path)

    text = (tmp_path / "acme+production.token").read_text().strip()
    assert ApiToken.objects.get(agent_of=environment).digest == ApiToken.digest_of(text)


def test_agent_variables__elasticsearch_of_the_tenants__stands_in_a_file(environment, tmp_path):
    environment.metrics_url = "elasticsearch://es.test:9200/acme"
    set_secret(environment, "metrics", "ana:hunter/2", actor="root")

    told = agent_variables(environment, tmp_path)

    file = tmp_path / "acme+production.metrics"
    assert told["VAMP_AGENT_METRICS_URL_FILE"] == str(file)
    assert file.read_text().strip() == "elasticsearch://ana:hunter%2F2@es.test:9200/acme"
    assert file.stat().st_mode & 0o077 == 0


def test_agent_variables__nats_without_a_signing_key__say_what_is_missing(environment, tmp_path):
    environment.events_url = "nats://nats.test:4222"

    with pytest.raises(Invalid, match="VAMP_EVENTS_SIGNING_KEY"):
        agent_variables(environment, tmp_path)


def test_stem_of__names_with_hyphens__do_not_meet(environment):
    one = environment_in("default", organisation="a-b", name="c")
    other = environment_in("default", organisation="a", name="b-c")

    assert stem_of(one) != stem_of(other)


def test_forget_former__another_environment_had_the_name__what_its_agents_kept_goes(
    environment, tmp_path
):
    forget_former(environment, tmp_path)
    agent_variables(environment, tmp_path)
    kept = tmp_path / f"{stem_of(environment)}+vga-1" / "haproxy.cfg"
    kept.parent.mkdir()
    kept.write_text("old")
    other = tmp_path / "acme+production-2+vga-1"
    other.mkdir()
    forget_former(environment, tmp_path)
    assert kept.exists()
    (tmp_path / f"{stem_of(environment)}.id").write_text("0")

    forget_former(environment, tmp_path)

    assert not kept.parent.exists()
    assert other.exists()
    left = {path.name for path in tmp_path.glob(f"{stem_of(environment)}.*")}
    assert left == {f"{stem_of(environment)}.id"}
