"""A mount of each module's own on the real Vault."""

from __future__ import annotations

from collections.abc import Iterator

import hvac
import pytest

from tests.real_vault import Mount, fresh_mount, operator


@pytest.fixture(scope="module")
def shared_mount() -> Iterator[Mount]:
    with fresh_mount() as made:
        yield made


@pytest.fixture
def mount(shared_mount: Mount) -> Mount:
    shared_mount.empty()
    return shared_mount


@pytest.fixture
def root() -> hvac.Client:
    return operator()
