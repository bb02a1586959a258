"""Making an environment's namespace in its cluster, with what its administrator gives once."""

from __future__ import annotations

from django.db import transaction

from tenants.models import Environment
from tenants.services.namespaces import set_secret
from vamp import audit
from vamp.clusters import Administrator, manifest
from vamp.databases import DEFAULT
from vamp.dsn import Dsn
from vamp.egress import check_host
from vamp.errors import Fault, Invalid

MOST_CHARACTERS = 131_072


def grant_namespace(environment: Environment, kubeconfig: str, *, actor: str) -> None:
    """Make namespace, service account, role and binding, and keep the account's token as our secret.

    Safe to repeat; each time gives a new token. The kubeconfig is used now and kept nowhere.

    Args:
        environment: whose scheduler is a cluster.
        kubeconfig: of an administrator, flattened: it names no files.
        actor: who does it, for the audit trail, which holds nothing of the kubeconfig.

    Raises:
        Invalid: the scheduler is no cluster, or the kubeconfig is another cluster's or none.
        PortError: the cluster or the key-value store does not answer, or refuses.
    """
    dsn = Dsn.parse(environment.scheduler_url) if environment.scheduler_url else None
    if dsn is None or dsn.scheme != "kubernetes" or not environment.namespace:
        hint = "set scheduler and namespace first: kubernetes://host:port"
        message = "the environment's scheduler is no cluster with a namespace"
        raise Invalid(faults=[Fault("/scheduler_url", message, hint)])
    if len(kubeconfig) > MOST_CHARACTERS:
        fault = Fault("/kubeconfig", f"longer than {MOST_CHARACTERS} characters", "flatten it")
        raise Invalid(faults=[fault])
    administrator = Administrator.of_kubeconfig(kubeconfig)
    # Otherwise whoever may set an environment up could make us log in anywhere.
    if dsn.host and not administrator.is_at(dsn.host, dsn.port):
        message = f"the kubeconfig is of {administrator.address}, the scheduler is {dsn}"
        hint = "choose the context of that cluster: kubectl config use-context"
        raise Invalid(faults=[Fault("/kubeconfig", message, hint)])
    check_host(dsn.host, pointer="/scheduler_url")
    secret = administrator.grant(environment.namespace)
    set_secret(environment, "scheduler", secret, actor=actor)
    with transaction.atomic(using=DEFAULT):
        audit.record(
            actor, "environment.namespace_granted", "environment", environment.path,
            using=DEFAULT, organisation=environment.organisation.name,
            environment=environment.name, after={"namespace": environment.namespace},
        )  # fmt: skip


def manifest_of(environment: Environment) -> str:
    """Return what `grant_namespace` makes, for ``kubectl apply -f``; empty where it makes nothing."""
    is_cluster = environment.scheduler_url.startswith("kubernetes:")
    return manifest(environment.namespace) if is_cluster and environment.namespace else ""
