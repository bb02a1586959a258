from __future__ import annotations

import random
from collections import Counter

import pytest

from gateways.domain.bucket import bucket
from gateways.haproxy.config import Endpoint
from tests.gateways.haproxy.builders import by_header, gateway
from tests.gateways.haproxy.live import running

HUNDRED = {f"r{index}": 100 for index in range(60)} | {"rest": 4_000}


@pytest.mark.haproxy
def test_bucket__hundreds_of_cohorts__are_those_of_a_live_haproxy(tmp_path):
    chance = random.Random(11)
    down = Endpoint("down", "127.0.0.1", 1)
    config = gateway("shop", dict.fromkeys(HUNDRED, down), HUNDRED, sticky=by_header("X-Id"))
    alphabet = "abcXYZ019-_.~ /\\\"'{}#$%&äß"
    with running([config], tmp_path) as live:
        connection = live.connection()
        for length in list(range(40)) * 10:
            cohort = "".join(chance.choice(alphabet) for _ in range(length)).strip()
            sent = cohort.encode().decode("latin-1")

            answer = live.get(
                "shop.test", headers=[("X-Id", sent), ("X-Vamp-Probe", live.settings.probe_secret)],
                over=connection,
            )  # fmt: skip

            assert answer.body["route"] == config.layout.route_of(bucket(cohort, "shop")), cohort


def test_bucket__draws_of_different_names__are_even_and_independent():
    cohorts = [f"cohort-{index}" for index in range(10_000)]
    both = Counter(
        (bucket(cohort, "shop") < 5_000, bucket(cohort, "shop/beta") < 5_000) for cohort in cohorts
    )

    # 2,500 expected in each of four; six standard deviations are 260.
    assert len(both) == 4
    assert all(2_240 <= count <= 2_760 for count in both.values())


def test_bucket__known_value__stays():
    assert bucket("ana", "shop") == 4_226
