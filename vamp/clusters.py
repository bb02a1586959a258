"""Being the administrator of a Kubernetes cluster for a moment: what makes a namespace ready for Vamp."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vamp.errors import Fault, Invalid

if TYPE_CHECKING:
    from vamp.drivers.scheduler.kubernetes.api import KubernetesApi

DEFAULT_PORT = 443


@dataclass(frozen=True, slots=True)
class Administrator:
    """A cluster, opened with an administrator's credentials. They are kept nowhere.

    Attributes:
        address: of the API server, ``https://host:port``.
        ca: certificate of the cluster's authority, PEM; empty for the machine's own.
    """

    address: str
    ca: str = field(repr=False)
    _api: KubernetesApi = field(repr=False)

    @classmethod
    def of_kubeconfig(cls, text: str, *, folder: Path | None = None) -> Administrator:
        """Read a kubeconfig's text.

        Args:
            text: YAML; its present context counts.
            folder: where files that it names lie; None refuses them.

        Raises:
            Invalid: it is none, or logs in by a way that we do not know. Nothing of it is repeated.
        """
        from vamp.drivers.scheduler.kubernetes.kubeconfig import Kubeconfig

        try:
            found = Kubeconfig.parse(text, folder=folder)
        except (ValueError, OSError) as error:
            hint = "send what this prints: kubectl config view --flatten --minify --raw"
            message = f"the kubeconfig cannot be used: {error}"
            raise Invalid(faults=[Fault("/kubeconfig", message, hint)]) from None
        return cls(found.address, found.credentials.ca, found.opened())

    def is_at(self, host: str, port: int | None) -> bool:
        """Tell whether the kubeconfig's cluster is the one at `host` and `port` (6443 by itself)."""
        parts = urlsplit(self.address)
        return parts.hostname == host and (parts.port or DEFAULT_PORT) == (port or 6443)

    def grant(self, namespace: str, **options: int) -> str:
        """Make the namespace with Vamp's account, and return credentials for the scheduler.

        Safe to repeat; each time gives a new token.

        Args:
            namespace: name.
            options: ``token_s``, how long the token shall be good.

        Raises:
            PortError: the cluster does not answer, or refuses.
        """
        from vamp.drivers.scheduler.kubernetes.granting import grant

        return grant(self._api, namespace, ca=self.ca, **options)

    def withdraw(self, namespace: str) -> None:
        """Delete the namespace with everything in it. Idempotent; the cluster takes its time."""
        from vamp.drivers.scheduler.kubernetes.granting import withdraw

        withdraw(self._api, namespace)

    def withdraw_account(self, namespace: str) -> None:
        """Delete Vamp's account there with its role and binding; the namespace stays. Idempotent."""
        from vamp.drivers.scheduler.kubernetes.granting import withdraw_account

        withdraw_account(self._api, namespace)

    @property
    def api(self) -> KubernetesApi:
        """For whatever else an administrator does there."""
        return self._api


def manifest(namespace: str) -> str:
    """Return what `Administrator.grant` makes, as YAML for ``kubectl apply -f``."""
    from vamp.drivers.scheduler.kubernetes.rights import manifest as text_of

    return text_of(namespace)
