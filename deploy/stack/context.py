"""What every component is made of: where its things lie."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.stack.builds.cache import Cache
from deploy.stack.ports import Ports
from deploy.stack.state import State


@dataclass(frozen=True, slots=True)
class Context:
    """Given to each component when it is made.

    Attributes:
        state: data, secrets and logs.
        ports: chosen once.
        cache: what was built.
    """

    state: State
    ports: Ports
    cache: Cache
