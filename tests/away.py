"""A key-value store that does not answer, in place of the installation's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tenants.connections import namespaces


@contextmanager
def no_store(settings: Any) -> Iterator[None]:
    """Let nothing answer at the address of the store, and forget what was read, as after a start."""
    held = settings.KV_URL, settings.KV_KEY
    settings.KV_URL, settings.KV_KEY = "vault://127.0.0.1:9/vamp?tls=off", "token:none"
    namespaces._held.clear()
    try:
        yield
    finally:
        settings.KV_URL, settings.KV_KEY = held
        namespaces._held.clear()
