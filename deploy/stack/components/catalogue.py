"""Every component, in the order in which people are told of them."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.stack.component import Component
from deploy.stack.components.elasticsearch import Elasticsearch
from deploy.stack.components.kubernetes.control_plane import Kubernetes
from deploy.stack.components.mariadb import MariaDb
from deploy.stack.components.nats import Nats
from deploy.stack.components.redis import Redis
from deploy.stack.components.vault import Vault
from deploy.stack.context import Context


def components(context: Context, *, sealed: bool = False) -> Sequence[Component]:
    """Return all of them.

    Args:
        context: where their things lie.
        sealed: leave Vault sealed when it is started.
    """
    return [
        MariaDb(context),
        Redis(context),
        Nats(context),
        Vault(context, sealed=sealed),
        Elasticsearch(context),
        Kubernetes(context),
    ]
