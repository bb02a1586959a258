"""How the driver shows who it is, and whom it believes: from a secret, or from inside the cluster."""

from __future__ import annotations

import json
import os
import ssl
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from vamp.errors import Fault, Invalid

SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where Kubernetes puts a pod's own credentials (documentation, "Accessing the API from a Pod")."""

_READ_AGAIN_S: Final = 60.0
"""A projected token is renewed long before it ends; its file is read again this often."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens an API server. Never shown.

    Attributes:
        token: bearer token, empty for none.
        ca: certificates of the cluster's authority (PEM); empty for the machine's own.
        certificate: client certificate (PEM); empty for none.
        key: its private key (PEM).
    """

    token: str = field(default="", repr=False)
    ca: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    key: str = field(default="", repr=False)

    @classmethod
    def parse(cls, secret: str) -> Credentials:
        """Read ``{"token": …, "ca": …}`` or ``{"certificate": …, "key": …, "ca": …}``.

        Raises:
            Invalid: it is not such a document. Nothing of it is repeated.
        """
        if not secret.strip():
            return cls()
        try:
            read = json.loads(secret)
        except ValueError:
            read = None
        known = {"token", "ca", "certificate", "key"}
        is_right = isinstance(read, dict) and all(isinstance(text, str) for text in read.values())
        if not is_right or read.keys() - known:
            raise Invalid(
                faults=[
                    Fault(
                        "",
                        "the scheduler's credentials are not readable",
                        'write JSON such as {"token": "…", "ca": "…"}; keys: '
                        + ", ".join(sorted(known)),
                    )
                ]
            )
        return cls(**{name: text.strip() for name, text in read.items()})

    def trusting(self, path: str) -> Credentials:
        """Return the same with the authority in the file `path`, where it has none of its own.

        Raises:
            Invalid: the file cannot be read.
        """
        if not path or self.ca:
            return self
        try:
            return replace(self, ca=Path(path).read_text().strip())
        except (OSError, UnicodeDecodeError) as error:
            fault = Fault("", f"the CA file of the scheduler's URL cannot be read: {error}")
            raise Invalid(faults=[fault]) from None

    def tls(self) -> ssl.SSLContext:
        """Return what a connection is checked with.

        Raises:
            Invalid: a certificate or key is no PEM.
        """
        try:
            context = ssl.create_default_context(cadata=self.ca + "\n" if self.ca else None)
            if self.certificate:
                self._show_certificate(context)
        except (ssl.SSLError, ValueError):
            message = "the scheduler's certificates are not readable"
            raise Invalid(faults=[Fault("", message, "give them as PEM text")]) from None
        return context

    def _show_certificate(self, context: ssl.SSLContext) -> None:
        # OpenSSL reads a chain from a file only; it lies there for as long as that takes.
        with tempfile.NamedTemporaryFile("w", prefix="vamp-", suffix=".pem") as chain:
            chain.write(f"{self.certificate}\n{self.key}\n")
            chain.flush()
            context.load_cert_chain(chain.name)


class FixedToken:
    """A token that stays what it is."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self) -> str:
        """Return the token, empty for none."""
        return self._token


class FileToken:
    """A token in a file that Kubernetes renews."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._token = ""
        self._read_at = float("-inf")

    def __call__(self) -> str:
        """Return what the file held at most a minute ago; the last token where it is away."""
        now = time.monotonic()
        if now - self._read_at >= _READ_AGAIN_S:
            try:
                self._token = self._path.read_text().strip()
            except OSError:
                if not self._token:
                    raise
            self._read_at = now
        return self._token


@dataclass(frozen=True, slots=True)
class InCluster:
    """What a pod finds about its own cluster.

    Attributes:
        address: ``https://host:port`` of the API server.
        ca: its authority (PEM).
        namespace: the pod's own.
        token: gives the pod's token.
    """

    address: str
    ca: str
    namespace: str
    token: FileToken

    @classmethod
    def read(cls, folder: Path = SERVICE_ACCOUNT) -> InCluster:
        """Look around.

        Raises:
            Invalid: this process does not run in a pod with a service account.
        """
        host = os.environ.get("KUBERNETES_SERVICE_HOST", "")
        port = os.environ.get("KUBERNETES_SERVICE_PORT", "443")
        ca = namespace = ""
        try:
            ca = (folder / "ca.crt").read_text()
            namespace = (folder / "namespace").read_text().strip()
        except OSError:
            host = ""
        if not host:
            raise Invalid(
                faults=[
                    Fault(
                        "",
                        "the URL names no API server, and this process runs in no pod",
                        "write kubernetes://host:port, and store a token and the cluster's CA",
                    )
                ]
            )
        shown = f"[{host}]" if ":" in host else host
        return cls(f"https://{shown}:{port}", ca, namespace, FileToken(folder / "token"))
