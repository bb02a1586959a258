"""Which labels name service and version."""

from __future__ import annotations

import pytest

from vamp.drivers.scheduler.kubernetes.labels import NamingLabels

RECOMMENDED = {"app.kubernetes.io/name": "cart", "app.kubernetes.io/version": "2"}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"app": "shop", "version": "1"}, ("shop", "1")),
        (RECOMMENDED, ("cart", "2")),
        ({"app": "shop", "version": "1", **RECOMMENDED}, ("cart", "2")),
        ({"app": "shop", "app.kubernetes.io/version": "2"}, ("shop", "2")),
        ({"app": "shop"}, None),
        ({"app": "shop", "version": ""}, None),
        ({}, None),
    ],
)
def test_key__of_the_default_labels__takes_the_recommended_or_the_plain(labels, expected):
    assert NamingLabels.of("app", "version").key(labels) == expected


def test_key__of_labels_of_ones_own__takes_no_other():
    naming = NamingLabels.of("team/service", "team/release")

    assert naming.key({"team/service": "shop", "team/release": "7"}) == ("shop", "7")
    assert naming.key({"app": "shop", "version": "1", **RECOMMENDED}) is None
