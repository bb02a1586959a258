"""The real Elasticsearch behind TLS and a login, which a proxy before it speaks and asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.servers import Server, folder, make_certificates
from tests.vamp.drivers.elasticsearch.server import Space
from vamp.drivers.elasticsearch.bulk import creation
from vamp.drivers.elasticsearch.cluster import Cluster, Question
from vamp.drivers.elasticsearch.templates import Template
from vamp.dsn import Dsn
from vamp.ports.errors import PortError, PortRefused, PortUnavailable

pytestmark = pytest.mark.stack

EVENTS = Template("events", 1, {"n": {"type": "integer"}})
CONFIG = """
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
userlist those
  user vamp insecure-password s3cret
listen elasticsearch
  bind 127.0.0.1:{port} ssl crt {folder}/both.pem
  http-request auth realm search unless {{ http_auth(those) }}
  http-request del-header Authorization
  server node {node}
"""


class Front(Server):
    """HAProxy before the node at `node` (``host:port``)."""

    def __init__(self, place: Path, node: str) -> None:
        super().__init__(place)
        both = (place / "server.pem").read_text() + (place / "server.key").read_text()
        (place / "both.pem").write_text(both)
        text = CONFIG.format(port=self.port, folder=place, node=node)
        (place / "haproxy.cfg").write_text(text)

    def command(self) -> list[str]:
        return ["haproxy", "-db", "-f", f"{self.folder}/haproxy.cfg"]


@dataclass(frozen=True)
class Guarded:
    """A space of the node, seen through the front."""

    front: Front
    space: Space

    def cluster(self, login: str, options: str) -> Cluster:
        at = f"{login}127.0.0.1:{self.front.port}/{self.space.prefix}"
        return Cluster(Dsn.parse(f"elasticsearch://{at}?{options}"))


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    with folder() as place, Space.of_its_own() as space:
        make_certificates(place)
        front = Front(place, urlsplit(space.address).netloc)
        front.start()
        yield Guarded(front, space)
        front.kill()


def test_store__right_authority_and_login__is_written_and_read(guarded):
    cluster = guarded.cluster("vamp:s3cret@", f"ca={guarded.front.folder}/ca.pem")
    index = f"{guarded.space.prefix}-a-b-events-2026.03.01"

    stored = cluster.store(EVENTS, [creation(index, "1", b'{"n": 1}')])
    cluster.refresh(index)
    found = cluster.search([Question(index, {"query": {"match_all": {}}})])

    assert stored.created == 1
    assert [hit["_source"]["n"] for hit in found[0]["hits"]["hits"]] == [1]


@pytest.mark.parametrize(
    ("login", "options", "kind", "words"),
    [
        ("vamp:wrong@", "ca={folder}/ca.pem", PortRefused, "refuses the credentials .401."),
        ("", "ca={folder}/ca.pem", PortRefused, "refuses the credentials .401."),
        ("vamp:s3cret@", "ca={folder}/other.pem", PortUnavailable, "CERTIFICATE_VERIFY_FAILED"),
        ("vamp:s3cret@", "tls=on", PortUnavailable, "CERTIFICATE_VERIFY_FAILED"),
        ("vamp:s3cret@", "tls=off", PortError, "."),
    ],
)
def test_search__what_does_not_fit__is_refused_and_names_no_secret(
    guarded, login, options, kind, words
):
    cluster = guarded.cluster(login, options.format(folder=guarded.front.folder))

    with pytest.raises(kind, match=words) as raised:
        cluster.search([Question("any", {"query": {"match_all": {}}})])

    assert "s3cret" not in str(raised.value)
