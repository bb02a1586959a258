"""Everything that can be built."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.stack.builds.elasticsearch import ELASTICSEARCH
from deploy.stack.builds.etcd import ETCD
from deploy.stack.builds.kubernetes import KUBERNETES
from deploy.stack.builds.kwok import KWOK
from deploy.stack.builds.nats import NATS
from deploy.stack.builds.recipe import Recipe
from deploy.stack.builds.vault import VAULT

RECIPES: Sequence[Recipe] = (NATS, ETCD, KWOK, KUBERNETES, VAULT, ELASTICSEARCH)
