"""``services.yaml``: which services run on this machine, in which versions, how and how often."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from vamp.documents.errors import refusal
from vamp.documents.units import Duration
from vamp.documents.validation import Strict
from vamp.documents.yaml import read_documents, validated
from vamp.errors import Fault, Invalid

DEFINITION = "services.yaml"


def _matching(pattern: str, what: str, hint: str) -> AfterValidator:
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise refusal("text", f"{value!r} is not {what}", hint=hint)
        return value

    return AfterValidator(check)


Name = Annotated[
    str,
    _matching(
        r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
        "a name",
        "use up to 63 letters, digits, dots, dashes and underscores",
    ),
]
VariableName = Annotated[
    str,
    _matching(
        r"[A-Za-z_][A-Za-z0-9_]*",
        "the name of a variable",
        "use letters, digits and underscores, a digit not first",
    ),
]
Text = Annotated[str, _matching(r"[^\x00]*", "text for a process", "take out the NUL")]
Host = Annotated[
    str,
    _matching(r"[A-Za-z0-9:][A-Za-z0-9.:_-]{0,252}", "an address", "write one such as 127.0.0.1"),
]
UrlPath = Annotated[str, _matching(r"/[!-~]*", "a path", "write one such as /health")]


@dataclass(frozen=True, slots=True)
class Readiness:
    """How to find out whether an instance may receive traffic.

    Attributes:
        path: asked by HTTP, where 200 to 399 means ready; empty: a TCP connection is enough.
        interval_s: seconds between two probes once the instance has been ready.
        timeout_s: longest wait for one answer.
        failures: so many failures in a row make a ready instance unready.
    """

    path: str = ""
    interval_s: float = 1.0
    timeout_s: float = 1.0
    failures: int = 3


@dataclass(frozen=True, slots=True)
class Workload:
    """One version of one service, with everything needed to run it.

    Attributes:
        command: program and arguments, ``$PORT`` and the like not yet filled in.
        directory: working directory relative to the folder of the definition; empty: that folder.
        instances: copies that the definition asks for.
        host: address that instances listen on.
        drain_s: between being reported unready and SIGTERM, for balancers to look elsewhere.
        grace_s: between SIGTERM and SIGKILL.
    """

    service: str
    version: str
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: str = ""
    instances: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    host: str = "127.0.0.1"
    readiness: Readiness = Readiness()
    drain_s: float = 1.0
    grace_s: float = 10.0

    @property
    def fingerprint(self) -> str:
        """Changes with what a running process cannot take over, so that it must be replaced."""
        fixed = [self.command, sorted(self.environment.items()), self.directory, self.host]
        return hashlib.sha256(json.dumps(fixed).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Definition:
    """All of ``services.yaml``.

    Attributes:
        workloads: sorted by service and version.
        first_port: instances get ports from here on; last_port: up to here, included.
    """

    workloads: tuple[Workload, ...] = ()
    first_port: int = 20_000
    last_port: int = 29_999


class ReadinessDocument(Strict):
    """``readiness:`` of a version."""

    http: UrlPath | None = None
    tcp: Literal[True] | None = None
    interval: Duration = timedelta(seconds=1)
    timeout: Duration = timedelta(seconds=1)
    failures: int = Field(3, ge=1, le=1000)

    @field_validator("interval", "timeout")
    @classmethod
    def _is_long_enough(cls, value: timedelta) -> timedelta:
        if value < timedelta(milliseconds=10):
            raise refusal("duration", "must be at least 10ms")
        return value

    @model_validator(mode="after")
    def _asks_one_way(self) -> ReadinessDocument:
        if (self.http is None) == (self.tcp is None):
            raise refusal(
                "readiness", "needs either http or tcp", hint="write http: /health or tcp: true"
            )
        return self

    def readiness(self) -> Readiness:
        return Readiness(
            path=self.http or "",
            interval_s=self.interval.total_seconds(),
            timeout_s=self.timeout.total_seconds(),
            failures=self.failures,
        )


class StopDocument(Strict):
    """``stop:`` of a version."""

    drain: Duration = timedelta(seconds=1)
    grace: Duration = timedelta(seconds=10)


class VersionDocument(Strict):
    """One version of a service."""

    command: list[Text] = Field(min_length=1)
    arguments: list[Text] = Field(default_factory=list)
    environment: dict[VariableName, Text] = Field(default_factory=dict)
    directory: Text = ""
    instances: int = Field(1, ge=0, le=1000)
    labels: dict[Text, Text] = Field(default_factory=dict)
    host: Host = "127.0.0.1"
    readiness: ReadinessDocument = ReadinessDocument(tcp=True)
    stop: StopDocument = StopDocument()


class ServiceDocument(Strict):
    """One service; its labels and environment hold for every version that does not say otherwise."""

    labels: dict[Text, Text] = Field(default_factory=dict)
    environment: dict[VariableName, Text] = Field(default_factory=dict)
    versions: dict[Name, VersionDocument] = Field(default_factory=dict)


class PortsDocument(Strict):
    """``ports:``, the range that instances get their ports from."""

    first: int = Field(20_000, ge=1024, le=65_535)
    last: int = Field(29_999, ge=1024, le=65_535)

    @model_validator(mode="after")
    def _has_ports(self) -> PortsDocument:
        if self.first > self.last:
            raise refusal("ports", f"holds no port: {self.first} is above {self.last}")
        return self


class ServicesDocument(Strict):
    """The whole file."""

    services: dict[Name, ServiceDocument] = Field(default_factory=dict)
    ports: PortsDocument = PortsDocument()


def read_definition(text: str) -> Definition:
    """Read the text of a ``services.yaml``; an empty file asks for nothing.

    Raises:
        Invalid: with every fault and its place.
    """
    if not any(_says_something(line) for line in text.splitlines()):
        return Definition()
    sources = read_documents(text)
    if len(sources) > 1:
        raise Invalid(faults=[Fault("", "has more than one document", "take out the lines of ---")])
    document = validated(ServicesDocument, sources[0])
    workloads = [
        _workload(name, service, version, found)
        for name, service in document.services.items()
        for version, found in service.versions.items()
    ]
    workloads.sort(key=lambda workload: (workload.service, workload.version))
    return Definition(tuple(workloads), document.ports.first, document.ports.last)


def _says_something(line: str) -> bool:
    return line.strip() not in {"", "---"} and not line.lstrip().startswith("#")


def _workload(
    name: str, service: ServiceDocument, version: str, found: VersionDocument
) -> Workload:
    return Workload(
        service=name,
        version=version,
        command=(*found.command, *found.arguments),
        environment={**service.environment, **found.environment},
        directory=found.directory,
        instances=found.instances,
        labels={"app": name, "version": version, **service.labels, **found.labels},
        host=found.host,
        readiness=found.readiness.readiness(),
        drain_s=found.stop.drain.total_seconds(),
        grace_s=found.stop.grace.total_seconds(),
    )
