"""What the apps want to hear: each names its consumer, and the events that concern it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from vamp.ports.events import Message


@dataclass(frozen=True, slots=True)
class Consumer:
    """An app's ear.

    Attributes:
        name: on the stream.
        on_message: what it does with a message; safe to repeat.
        concerns: names of the events that it hears; empty for all.
        urgent: those of them that it also hears ahead of the stream; see `vamp.processes.express`.
    """

    name: str
    on_message: Callable[[Message], None]
    concerns: frozenset[str] = frozenset()
    urgent: frozenset[str] = frozenset()


def consumers() -> Iterable[Consumer]:
    """Return the consumers of the apps named in ``settings.CONSUMERS``."""
    for module in settings.CONSUMERS:
        yield Consumer(
            import_string(f"{module}.CONSUMER"),
            import_string(f"{module}.on_message"),
            import_string(f"{module}.CONCERNS"),
            import_string(f"{module}.URGENT"),
        )
