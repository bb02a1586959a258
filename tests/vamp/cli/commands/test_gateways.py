from __future__ import annotations

import json

import pytest

from gateways.models import Gateway
from tests.factories import AgentFactory, AppliedFactory
from tests.vamp.cli.things import BOTH
from vamp.cli.commands.gateways import sentence, shares_of
from vamp.cli.failure import Failure

ROUTES = {
    "document": {
        "routes": [
            {"name": "a-1", "version": "1", "weight": "90%"},
            {"name": "a-2", "version": "2", "weight": "10%"},
            {"name": "b-2", "version": "3"},
        ]
    }
}


@pytest.mark.parametrize(
    ("words", "shares"),
    [
        (["a-1=50", "a-2=50"], {"a-1": "50%", "a-2": "50%", "b-2": "0%"}),
        (["2=20%", "1=80"], {"a-1": "80%", "a-2": "20%", "b-2": "0%"}),
        (["1=99.5", "2=0.25"], {"a-1": "99.5%", "a-2": "0.25%", "b-2": "0.25%"}),
    ],
)
def test_shares__by_route_or_version__make_100(words, shares):
    assert shares_of(ROUTES, words) == shares


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a-1=20"], "make 30%"), (["x=1"], "no route x"), (["a-1"], "ROUTE=SHARE"),
        (["a-1=x"], "no share"), (["1=120", "2=0"], "not 100%"),
    ],
)  # fmt: skip
def test_shares__that_do_not_work_out__are_refused(words, said):
    with pytest.raises(Failure, match=said):
        shares_of(ROUTES, words)


def test_weights__set_and_shown__are_the_gateways(shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH)

    dry = shell.vamp("gateway", "weights", "shop", "1.1.0=30", "--dry-run")
    assert (
        json.loads(shell.vamp("gateway", "weights", "shop", "-o", "json").out)["shop-1.1.0"] == "0%"
    )
    done = shell.vamp("gateway", "weights", "shop", "1.0.0=90", "1.1.0=10")

    assert "shop-1.1.0  30%" in dry.out
    assert done.out == shell.vamp("gateway", "weights", "shop").out
    assert done.out.splitlines() == ["shop-1.0.0  90%", "shop-1.1.0  10%"]


def test_weights__changed_by_somebody_meanwhile__are_in_conflict(shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH)
    send = shell.adapter.send

    def rival(request, *args, **kwargs):
        if request.method == "PUT":
            Gateway.objects.using("default").update(revision=9)
        return send(request, *args, **kwargs)

    shell.adapter.send = rival
    ran = shell.vamp("gateway", "weights", "shop", "1.1.0=10")

    assert ran.exit == 5
    assert "revision 9" in ran.err


def test_wait__until_an_agent_serves_it__ends_with_0(shell, environment, now):
    shell.vamp("apply", "-f", "-", stdin=BOTH)
    gateway = Gateway.objects.in_environment(environment).get()

    def served(_: float) -> None:
        if len(shell.slept) == 2:
            Gateway.objects.using("default").update(published_generation=gateway.generation)
            agent = AgentFactory.create(environment=environment, reported_at=now)
            AppliedFactory.create(
                environment=environment, agent=agent, gateway="shop", generation=gateway.generation
            )

    shell.on_sleep = served
    ran = shell.vamp("gateway", "wait", "shop", "--timeout", "10s")

    assert (ran.exit, ran.out) == (0, "shop is live at generation 1\n"), ran.err


def test_wait__in_vain__ends_with_7_and_says_why(shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH)

    ran = shell.vamp("gateway", "wait", "shop", "--timeout", "1s")

    assert ran.exit == 7
    assert "published is 0" in ran.err
    assert shell.vamp("gateway", "wait", "none").exit == 3
    assert shell.vamp("gateway", "wait", "shop", "--timeout", "soon").exit == 2


def test_status_and_traffic__of_a_gateway__are_shown(shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH)

    assert "published is 0" in shell.vamp("gateway", "status", "shop").out
    assert shell.vamp("gateway", "traffic", "shop", "--window", "1m").exit == 0


def test_sentence__agents_behind__names_them():
    found = {
        "is_live": False,
        "desired": 2,
        "published": 2,
        "applied": 1,
        "agents": 2,
        "behind": ["b"],
    }

    assert sentence("shop", found) == "shop is served by 1 of 2 agents; behind: b"
