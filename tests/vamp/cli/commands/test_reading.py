from __future__ import annotations

import json
import re

import pytest

from tenants.models import RoleBinding
from tests.factories import AgentFactory, InstanceFactory, VersionFactory, dead_letter_in, event_in
from tests.vamp.cli.things import BOTH
from vamp.cli.commands import events
from vamp.cli.kinds import KINDS

STYLE = re.compile(r"\x1b\[[0-9;]*m")
EVERY = [kind.name for kind in KINDS if not kind.name.startswith("installation-")]


@pytest.fixture
def furnished(shell, environment):
    shell.vamp("apply", "-f", "-", stdin=BOTH)
    shell.vamp("release", "start", "shop", "1.1.0")
    version = VersionFactory.create(environment=environment)
    InstanceFactory.create(environment=environment, version=version)
    AgentFactory.create(environment=environment, name="vga-1")
    dead_letter_in(environment, error="broken")
    return shell


def test_get__every_kind__fits_80_columns_and_is_plain_in_a_pipe(furnished):
    """The whole table of kinds in one installation: it is costly to furnish."""
    for name in EVERY:
        piped = furnished.vamp("get", name)
        furnished.is_terminal = True
        shown = furnished.vamp("get", name)
        furnished.is_terminal = False

        assert piped.exit == shown.exit == 0, (name, piped.err)
        assert max(map(len, STYLE.sub("", shown.out).splitlines()), default=0) <= 80, name
        assert "\x1b" not in piped.out, name
        assert piped.out or "there are no" in piped.err, name
        assert isinstance(json.loads(furnished.vamp("get", name, "-o", "json").out), list), name


def test_get__no_color__is_80_columns_without_escapes(furnished):
    furnished.is_terminal = True
    furnished.environ["NO_COLOR"] = "1"

    for name in ("gateways", "releases", "audit", "agents", "tokens"):
        out = furnished.vamp("get", name).out

        assert "\x1b" not in out
        assert max(map(len, out.splitlines())) <= 80, out


def test_get__one__is_an_object_and_several_are_a_list(furnished):
    one = json.loads(furnished.vamp("get", "gateway", "shop", "-o", "json").out)
    both = json.loads(furnished.vamp("get", "policy", "canary", "canary", "-o", "json").out)

    assert one["name"] == "shop"
    assert [row["name"] for row in both] == ["canary", "canary"]


def test_get__filters__narrow_the_list(furnished):
    assert furnished.vamp("get", "gateways", "--filter", "name=sho", "-o", "name").out == (
        "gateway/shop\n"
    )
    assert furnished.vamp("get", "gateways", "--filter", "name=x", "-o", "name").out == ""
    assert furnished.vamp("get", "gateways", "--filter", "nam=x").exit == 2
    assert furnished.vamp("get", "gateways", "--filter", "name").exit == 2


def test_get__limit__ends_a_long_list(furnished):
    assert len(json.loads(furnished.vamp("get", "audit", "--limit", "2", "-o", "json").out)) == 2


def test_get__events_of_longer_lists_than_a_page__are_all_there(shell, environment, monkeypatch):
    monkeypatch.setattr(events, "PAGE", 1)
    for position in (5, 6, 7):
        event_in(environment, "gateways.gateway.created", position=position)

    def positions(*arguments):
        out = shell.vamp("get", "events", *arguments, "-o", "name").out
        return [line.partition("/")[2] for line in out.splitlines()]

    assert positions("--limit", "3") == ["5", "6", "7"]
    assert positions("--filter", "after=5") == ["6", "7"]
    assert shell.vamp("get", "events", "--filter", "after=x").exit == 2


@pytest.mark.parametrize("name", ["gateway", "policy", "service", "agent", "token", "user"])
def test_get__name_that_is_not_there__ends_with_3(shell, name):
    ran = shell.vamp("get", name, "nothing")

    assert ran.exit == 3
    assert "There is no" in ran.err


def test_describe__gateway__tells_routes_liveness_and_releases(furnished):
    out = furnished.vamp("describe", "gateway", "shop").out

    for part in ("shop-1.1.0", "liveness:", "release:", "shop/1", "1.0.0 to 1.1.0"):
        assert part in out


def test_describe__environment_and_release__tell_what_belongs_to_them(furnished):
    assert "dead letters: 1" in furnished.vamp("describe", "environment", "production").out
    assert "decisions:" in furnished.vamp("describe", "release", "shop/1").out
    assert furnished.vamp("describe", "user", "ana").exit == 0
    assert furnished.vamp("describe", "gateway").exit == 2


def test_get__roles_and_bindings__tell_what_they_give_to_whom(shell):
    shell.forklift(
        "create",
        "binding",
        "viewer",
        "--user",
        "ana",
        "--within",
        "production",
        "--object",
        "gateway/shop",
    )
    binding = RoleBinding.objects.get(builtin="viewer")

    assert "viewer" in shell.vamp("get", "roles").out
    assert "user acme/ana   production gateway/shop" in shell.vamp("get", "bindings").out
    found = json.loads(shell.vamp("get", "binding", str(binding.pk), "-o", "json").out)
    assert found["id"] == binding.pk
