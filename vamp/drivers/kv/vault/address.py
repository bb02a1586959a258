"""Where a Vault is and how to speak to it: what a ``vault:`` URL says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid

OPTIONS = ("tls", "ca", "cert", "key", "namespace", "auth")
FORM = "vault://host:port/mount[?tls=off|ca=/path&cert=/path&key=/path&namespace=…&auth=approle]"

_DEFAULT_PORT = 8200
_PATH = re.compile(r"(?!.*(^|/)\.+(/|$))[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")
"""Mounts and namespaces: these stand in the paths of policies, where others would mean something."""


@dataclass(frozen=True, slots=True)
class Address:
    """One mount of one Vault.

    Attributes:
        server: ``https://host:port``.
        mount: path of the KV v2 engine, without slashes at its ends.
        verify: False for plain HTTP, True for the system's authorities, or the path of a bundle.
        certificate: paths of our own certificate and its key, for listeners that ask for one.
        namespace: of Vault Enterprise; empty for none.
        approle_mount: path of the AppRole method.
    """

    server: str
    mount: str
    verify: bool | str = True
    certificate: tuple[str, str] | None = None
    namespace: str = ""
    approle_mount: str = "approle"

    @classmethod
    def from_dsn(cls, dsn: Dsn) -> Address:
        """Read a parsed ``vault:`` URL.

        Raises:
            Invalid: with one fault for each thing that is wrong with it.
        """
        faults = [Fault("", message, hint) for message, hint in _faults_of(dsn)]
        if faults:
            raise Invalid(faults=faults)
        options = dsn.options
        has_tls = options.get("tls", "on") == "on"
        host = f"[{dsn.host}]" if ":" in dsn.host else dsn.host
        return cls(
            server=f"{'https' if has_tls else 'http'}://{host}:{dsn.port or _DEFAULT_PORT}",
            mount=dsn.path.strip("/"),
            verify=(options.get("ca") or True) if has_tls else False,
            certificate=(options["cert"], options["key"]) if "cert" in options else None,
            namespace=options.get("namespace", "").strip("/"),
            approle_mount=options.get("auth", "approle").strip("/"),
        )

    def __str__(self) -> str:
        """Return how messages name it: ``Vault at https://host:port``."""
        return f"Vault at {self.server}"


def _faults_of(dsn: Dsn) -> Iterator[tuple[str, str]]:
    if not dsn.host or not _PATH.fullmatch(dsn.path.strip("/")):
        yield "not the URL of a mount of Vault", f"write {FORM}"
    if dsn.username or dsn.secret:
        yield "a vault: URL holds no secret", "give the token or the AppRole as the store's key"
    for name in dsn.options:
        if name not in OPTIONS:
            yield f"unknown option {name} of a vault: URL", f"options are {', '.join(OPTIONS)}"
    for name in ("namespace", "auth"):
        value = dsn.options.get(name)
        if value is not None and not _PATH.fullmatch(value.strip("/")):
            yield f"option {name} of a vault: URL is not a path", "write it like team/vamp"
    yield from _faults_of_tls(dsn)


def _faults_of_tls(dsn: Dsn) -> Iterator[tuple[str, str]]:
    tls, files = dsn.options.get("tls", "on"), ("ca", "cert", "key")
    if tls not in {"on", "off"}:
        yield "option tls of a vault: URL is neither on nor off", ""
    if ("cert" in dsn.options) != ("key" in dsn.options):
        yield "options cert and key of a vault: URL go together", ""
    for name in files:
        if name not in dsn.options:
            continue
        if tls == "off":
            yield f"option {name} of a vault: URL needs TLS", "leave out tls=off"
        elif not Path(dsn.options[name]).is_file():
            yield f"option {name} of a vault: URL names no file", "write the path of a PEM file"
