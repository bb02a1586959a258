"""Where the API server keeps what."""

from __future__ import annotations

from vamp.drivers.scheduler.kubernetes.resources import DEPLOYMENTS, PODS, Resource


def test_path__with_and_without_its_parts__is_the_api_servers():
    assert PODS.path("team") == "/api/v1/namespaces/team/pods"
    assert PODS.path() == "/api/v1/pods"
    assert DEPLOYMENTS.path("team", "shop", "scale") == (
        "/apis/apps/v1/namespaces/team/deployments/shop/scale"
    )
    assert Resource("nodes").path(name="n1") == "/api/v1/nodes/n1"


def test_path__name_with_a_slash__cannot_leave_its_place():
    assert PODS.path("../x", "a/b") == "/api/v1/namespaces/..%2Fx/pods/a%2Fb"


def test_str__with_a_group__is_as_roles_name_it():
    assert (str(PODS), str(DEPLOYMENTS)) == ("pods", "deployments.apps")
