"""Elasticsearch: one node, put together from its published artifacts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.stack.component import Server
from deploy.stack.context import Context
from deploy.stack.errors import NotReady
from deploy.stack.http import Api
from deploy.stack.ports import LOOPBACK
from deploy.stack.processes import Launch
from deploy.stack.programs import find

HEAP = "512m"
PREFIX = "vamp"
LAUNCHER = "io.vamp.stack.elasticsearch.Launcher"


class Elasticsearch:
    """One node on loopback, without security, which its published artifacts do not hold."""

    name = "elasticsearch"
    builds: Sequence[str] = ("elasticsearch",)

    def __init__(self, context: Context) -> None:
        self._state = context.state
        self._cache = context.cache
        self._port = context.ports.of("elasticsearch")
        self._folder = context.state.of("elasticsearch")

    @property
    def _address(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    def servers(self) -> Sequence[Server]:
        return [Server(self.name, self._port, self._launch, self._probe)]

    def prepare(self) -> None:
        """The node makes its data folder; its configuration comes by arguments."""
        (self._folder / "config").mkdir(exist_ok=True)

    def furnish(self) -> None:
        """Templates and indices are the product's to make."""

    def check(self) -> None:
        """Its server's probe says all."""

    def variables(self) -> Mapping[str, str]:
        return {
            "VAMP_METRICS_URL": f"elasticsearch://{LOOPBACK}:{self._port}/{PREFIX}?tls=off",
            "VAMP_STACK_ELASTICSEARCH_ADDR": self._address,
        }

    def _launch(self) -> Launch:
        home = self._cache.folder("elasticsearch")
        return Launch(
            [
                java(),
                f"-Xms{HEAP}",
                f"-Xmx{HEAP}",
                "-XX:+UseSerialGC",
                "-cp",
                f"{home}/launcher.jar:{home}/lib/*",
                LAUNCHER,
                str(home),
                str(self._folder),
                LOOPBACK,
                str(self._port),
            ],
            folder=self._folder,
            log=self._state.log(self.name),
        )

    def _probe(self) -> None:
        health = Api(self._address).do("GET", "/_cluster/health?timeout=1s")
        if health["status"] == "red" or health["timed_out"]:
            raise NotReady(f"the cluster is {health['status']}")


def java() -> str:
    """Return the Java to run: of ``JAVA_HOME``, else of the PATH.

    Raises:
        StackError: there is none.
    """
    home = os.environ.get("JAVA_HOME")
    if home and (program := Path(home) / "bin" / "java").exists():
        return str(program)
    return find("java", package="default-jdk-headless")
