"""The accounts that the set-up made for an installation in Kubernetes, and their end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tenants.models import Environment, Organisation
from vamp.clusters import Administrator
from vamp.databases import DEFAULT
from vamp.dsn import Dsn
from vamp.errors import VampError
from vamp.models import AuditEntry
from vamp.port_faults import told
from vamp.ports.errors import PortError

GRANTED = "environment.namespace_granted"


def granted(rows: Sequence[Organisation | Environment]) -> list[Environment]:
    """Return the environments of `rows` in whose namespace the set-up has made an account."""
    found: list[Environment] = []
    for environment in _environments(rows):
        entries = AuditEntry.objects.using(DEFAULT).filter(
            organisation=environment.organisation.name, verb=GRANTED, name=environment.path
        )
        if environment.namespace and entries.exists():
            found.append(environment)
    return found


def withdraw(environments: Sequence[Environment], kubeconfig: Path | None) -> Iterator[str]:
    """Delete the account, role and binding of each; what lies in the namespace else, stays.

    Args:
        environments: see `granted`.
        kubeconfig: of an administrator; None where there is none.

    Yields:
        What became of each, for people.
    """
    cluster = None if kubeconfig is None else _opened(kubeconfig)
    for environment in environments:
        place = f"account vamp in namespace {environment.namespace}"
        dsn = Dsn.parse(environment.scheduler_url)
        if cluster is None or (dsn.host and not cluster.is_at(dsn.host, dsn.port)):
            yield f"stays: {place} of {dsn}; give its administrator's --kubeconfig"
            continue
        try:
            cluster.withdraw_account(environment.namespace)
        except PortError as error:
            yield f"stays: {place}: {error}"
        else:
            yield f"gone: {place}"


def _opened(kubeconfig: Path) -> Administrator:
    try:
        return Administrator.of_kubeconfig(kubeconfig.read_text(), folder=kubeconfig.parent)
    except OSError as error:
        raise KubeconfigUnreadable(str(error)) from error
    except VampError as error:
        raise KubeconfigUnreadable(told(error).message or str(error)) from error


def _environments(rows: Sequence[Organisation | Environment]) -> Iterator[Environment]:
    for row in rows:
        if isinstance(row, Environment):
            yield row
        else:
            found = Environment.objects.using(DEFAULT).filter(organisation_id=row.pk)
            yield from found.select_related("organisation")


class KubeconfigUnreadable(RuntimeError):
    """The kubeconfig that was given is none, or cannot be read; nothing was removed."""
