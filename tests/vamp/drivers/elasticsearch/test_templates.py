"""Templates: put once, again when they are missing, and never over a newer one."""

from __future__ import annotations

import pytest

from tests.vamp.drivers.elasticsearch.scripted import Answer, Request, scripted
from tests.vamp.drivers.elasticsearch.server import Space
from vamp.drivers.elasticsearch.client import client_of
from vamp.drivers.elasticsearch.templates import KINDS, Template, TemplateKeeper
from vamp.drivers.lines.elasticsearch_mapping import TRAFFIC
from vamp.drivers.metrics.elasticsearch_mapping import ROLLUP
from vamp.dsn import Dsn
from vamp.ports.errors import PortRefused


class Templates:
    def __init__(self, version: int | None = None) -> None:
        self.version = version
        self.put: list[dict[str, object]] = []

    def __call__(self, request: Request) -> Answer:
        if request.method == "PUT":
            (body,) = request.lines
            self.put.append(body)
            self.version = body["version"]
            return Answer(body={"acknowledged": True})
        if self.version is None:
            return Answer(404, {"error": "none", "status": 404})
        return Answer(body={"index_templates": [{"index_template": {"version": self.version}}]})


@pytest.mark.parametrize(("there", "put"), [(None, 1), (1, 1), (2, 0), (3, 0)])
def test_ensure__a_version_on_the_server__is_replaced_by_a_newer_one_only(there, put):
    templates = Templates(there)
    with scripted(templates) as server:
        place = server.address.removeprefix("http://")
        keeper = TemplateKeeper(client_of(Dsn.parse(f"elasticsearch://{place}/vamp?tls=off")))

        for _ in range(3):
            keeper.ensure(Template("rollup", 2, {}), "vamp")

    assert len(templates.put) == put
    assert len(server.asked) == 1 + put


def test_ensure__after_the_server_went_away__is_put_again():
    templates = Templates()
    with scripted(templates) as server:
        place = server.address.removeprefix("http://")
        keeper = TemplateKeeper(client_of(Dsn.parse(f"elasticsearch://{place}/vamp?tls=off")))
        keeper.ensure(Template("rollup", 1, {}), "vamp")
        templates.version = None

        keeper.forget()
        keeper.ensure(Template("rollup", 1, {}), "vamp")

    assert len(templates.put) == 2
    assert templates.put[0]["index_patterns"] == ["vamp-*-*-rollup-*"]


def test_ensure__not_allowed__is_refused_and_tried_again():
    def say(request: Request) -> Answer:
        return Answer(403, {"error": {"reason": "not allowed"}})

    with scripted(say) as server:
        place = server.address.removeprefix("http://")
        keeper = TemplateKeeper(client_of(Dsn.parse(f"elasticsearch://{place}/vamp?tls=off")))
        for _ in range(2):
            with pytest.raises(PortRefused, match="not allowed"):
                keeper.ensure(Template("rollup", 1, {}), "vamp")

    assert len(server.asked) == 2


def test_body__of_all_kinds__has_a_priority_of_its_own():
    found = {Template(kind, 1, {}).body("vamp")["priority"] for kind in KINDS}

    assert len(found) == len(KINDS)


@pytest.mark.stack
def test_ensure__all_kinds_on_the_real_server__are_put_side_by_side():
    with Space.of_its_own() as space:
        client = space.cluster.client
        keeper = TemplateKeeper(client)
        others = [Template(kind, 1, {}) for kind in KINDS if kind not in {"rollup", "traffic"}]

        for template in (ROLLUP, TRAFFIC, *others):
            keeper.ensure(template, space.prefix)

        found = client.indices.get_index_template(name=f"{space.prefix}-*")["index_templates"]
        assert {each["name"] for each in found} == {f"{space.prefix}-{kind}" for kind in KINDS}
        assert {each["index_template"]["template"]["mappings"]["dynamic"] for each in found} == {
            "strict",
            "false",
        }
