from __future__ import annotations

import pytest

from tenants.domain.placement import placement_of

CLUSTER = "kubernetes://cluster.acme.test:6443#shop"


@pytest.mark.parametrize(
    "url",
    [
        "kubernetes://cluster.acme.test:6443",
        "kubernetes://cluster.acme.test",
        "kubernetes://cluster.acme.test/",
        "kubernetes://CLUSTER.Acme.test:6443/",
        "kubernetes://cluster.acme.test.",
        "KUBERNETES://cluster.acme.test",
        " kubernetes://cluster.acme.test ",
        "kubernetes://cluster.acme.test?ca=/etc/ca.pem",
        "kubernetes://somebody@cluster.acme.test?tls=off",
    ],
)
def test_placement_of__one_cluster_spelt_otherwise__is_one_place(url):
    assert placement_of(url, "shop") == CLUSTER


@pytest.mark.parametrize(
    ("url", "namespace"),
    [
        ("kubernetes://cluster.acme.test", "cart"),
        ("kubernetes://other.acme.test", "shop"),
        ("kubernetes://cluster.acme.test:8443", "shop"),
        ("kubernetes://cluster.acme.test/east", "shop"),
        ("kubernetes:", "shop"),
    ],
)
def test_placement_of__another_cluster_or_namespace__is_another_place(url, namespace):
    assert placement_of(url, namespace) != CLUSTER


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("local:/srv/shop", "local:/srv/shop/"),
        ("local:/srv/shop", "local:///srv//shop"),
        ("local:/srv/shop", "local:/srv/cart/../shop"),
        ("local:shop", "local:./shop/"),
        ("kubernetes://[::1]", "kubernetes://[0:0:0:0:0:0:0:1]:6443"),
    ],
)
def test_placement_of__one_folder_or_address_spelt_otherwise__is_one_place(one, other):
    assert placement_of(one, "") == placement_of(other, "")


def test_placement_of__no_scheduler__is_no_place():
    assert placement_of("", "shop") is None


def test_placement_of__url_that_cannot_be_read__stands_for_itself():
    assert placement_of("no url", "shop") == "no url#shop"
