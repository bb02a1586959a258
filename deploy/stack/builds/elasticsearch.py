"""Elasticsearch, put together from the artifacts that its authors publish for Java builds.

They hold the server and its HTTP transport, but no program that starts it, and not the modules
with `GET /` and `_delete_by_query`: those three are ours, in ``deploy/stack/elasticsearch_node``.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.programs import find, run

VERSION = "8.19.21"
SOURCES = Path(__file__).parents[1] / "elasticsearch_node"
LAUNCHER = SOURCES / "launcher"
ENDPOINTS = SOURCES / "endpoints"
COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
JAVA_RELEASE = "17"

TRANSPORT_MODULE = "transport-netty4"
ENDPOINTS_MODULE = "vamp-endpoints"

DESCRIPTOR = """\
name={name}
description={name}
version={version}
elasticsearch.version={version}
java.version={java}
classname={plugin}
"""


def descriptor(name: str, plugin: str) -> str:
    """Return the properties by which a node knows a module and the class in it."""
    return DESCRIPTOR.format(name=name, version=VERSION, java=JAVA_RELEASE, plugin=plugin)


@dataclass(frozen=True, slots=True)
class Elasticsearch:
    """A home folder: ``lib``, ``modules``, ``launcher.jar``."""

    name: str = "elasticsearch"
    version: str = VERSION

    @property
    def files(self) -> Sequence[Path]:
        return (Path(__file__), *sorted(path for path in SOURCES.rglob("*") if path.is_file()))

    def fetch(self, work: Path, log: Path) -> None:
        maven = find("mvn", package="maven")
        shutil.copy(SOURCES / "pom.xml", work)
        run(
            [
                maven, "-q", "-B", f"-Delasticsearch.version={VERSION}",
                COPY_GOAL, f"-DoutputDirectory={work / 'lib'}",
            ],
            folder=work,
            log=log,
        )  # fmt: skip

    def build(self, work: Path, out: Path, log: Path) -> None:
        libraries = work / "lib"
        _jar(LAUNCHER, out / "launcher.jar", libraries=libraries, work=work, log=log)
        endpoints = out / "modules" / ENDPOINTS_MODULE
        _module(endpoints, "io.vamp.stack.elasticsearch.Endpoints")
        _jar(ENDPOINTS, endpoints / "endpoints.jar", libraries=libraries, work=work, log=log)
        transport = out / "modules" / TRANSPORT_MODULE
        _module(transport, "org.elasticsearch.transport.netty4.Netty4Plugin")
        for pattern in ("transport-netty4-*.jar", "netty-*.jar"):
            for jar in libraries.glob(pattern):
                jar.rename(transport / jar.name)
        (out / "plugins").mkdir()
        libraries.rename(out / "lib")


def _module(folder: Path, plugin: str) -> None:
    folder.mkdir(parents=True)
    (folder / "plugin-descriptor.properties").write_text(descriptor(folder.name, plugin))


def _jar(sources: Path, jar: Path, *, libraries: Path, work: Path, log: Path) -> None:
    """Compile the Java files of a folder into one archive."""
    classes = work / f"classes-{sources.name}"
    compiler = find("javac", package="default-jdk-headless")
    files = [str(path) for path in sorted(sources.glob("*.java"))]
    run(
        [
            compiler,
            "-nowarn",
            "--release",
            JAVA_RELEASE,
            "-cp",
            f"{libraries}/*",
            "-d",
            str(classes),
            *files,
        ],
        log=log,
    )
    # A jar is a zip file. Python's own zip tool spares us one more program.
    run(
        [sys.executable, "-m", "zipfile", "-c", str(jar), *map(str, sorted(classes.iterdir()))],
        log=log,
    )


ELASTICSEARCH = Elasticsearch()
