"""The document of a service: instances by version, where no scheduler is there to tell them."""

from __future__ import annotations

from typing import Literal

from gateways.documents.names import Name
from vamp.documents.validation import Strict


class VersionDocument(Strict):
    """One version of a service; `instances` are ``host:port`` each."""

    version: Name
    instances: tuple[str, ...] = ()


class ServiceDocument(Strict):
    """A service, for rendering files without a database."""

    kind: Literal["Service"] = "Service"
    name: Name
    versions: tuple[VersionDocument, ...] = ()
