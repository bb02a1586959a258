"""Labels of objects, read by the app that they belong to."""

from __future__ import annotations

from tenants.labels import labels_of, target_in
from tests.factories import GatewayFactory, ServiceFactory, VersionFactory


def test_labels_of__gateway_or_its_release__its_metadata(environment):
    GatewayFactory.create(environment=environment, metadata={"team": "web", "size": 3})

    assert labels_of("gateway")(environment, "shop") == {"team": "web"}
    assert labels_of("release")(environment, "shop") == {"team": "web"}


def test_labels_of__service__those_of_its_newest_version(environment):
    service = ServiceFactory.create(environment=environment)
    for name in ("1", "2"):
        VersionFactory.create(
            environment=environment, service=service, name=name, labels={"team": f"t{name}"}
        )

    assert labels_of("service")(environment, "shop") == {"team": "t2"}


def test_labels_of__what_is_not_there_or_has_none__is_empty(environment, other_environment):
    GatewayFactory.create(environment=other_environment, metadata={"team": "web"})

    assert labels_of("gateway")(environment, "shop") == {}
    assert labels_of("service")(environment, "shop") == {}
    assert labels_of("policy")(environment, "shop") == {}


def test_target_in__labels__are_read_only_when_asked_for(environment, django_assert_num_queries):
    GatewayFactory.create(environment=environment, metadata={"team": "web"})

    with django_assert_num_queries(0, using=environment.database):
        target = target_in(environment, "gateway", "shop")
        whole = target_in(environment, "gateway")
    with django_assert_num_queries(1, using=environment.database):
        assert target.labels() == {"team": "web"}

    assert (target.environment, target.name) == ("production", "shop")
    assert (whole.environment, whole.name, whole.labels()) == ("production", "", {})
