"""What every server of the stack is to those who start, stop and ask it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from deploy.stack.processes import Launch


@dataclass(frozen=True, slots=True)
class Server:
    """One process of a component.

    Attributes:
        name: unique in the stack.
        port: that it listens on.
        launch: how to start it; called once all has been prepared. It may make its first data.
        probe: asks it something real; raises `NotReady` until it answers as it should.
    """

    name: str
    port: int
    launch: Callable[[], Launch]
    probe: Callable[[], None]


class Component(Protocol):
    """A system that the product talks to: one server, or several that belong together."""

    @property
    def name(self) -> str:
        """Return what people call it: ``mariadb``."""
        ...

    @property
    def builds(self) -> Sequence[str]:
        """Return the names of the recipes that it needs; empty where packages bring it."""
        ...

    def servers(self) -> Sequence[Server]:
        """Return its processes in the order in which they start; they stop in the reverse one."""
        ...

    def prepare(self) -> None:
        """Write what the servers need before they start: keys, configuration. Idempotent.

        Raises:
            StackError: it cannot be made.
        """
        ...

    def furnish(self) -> None:
        """Make what clients need in the running servers: databases, accounts. Idempotent.

        Raises:
            NotReady: ask again.
            StackError: a server refused.
        """
        ...

    def check(self) -> None:
        """See that it is of use to clients, beyond that its servers answer. Changes nothing.

        Raises:
            NotReady: it is not, such as a Vault that is sealed.
        """
        ...

    def variables(self) -> Mapping[str, str]:
        """Return what clients are told, by environment variable."""
        ...
