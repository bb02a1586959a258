"""Two tenants with the same names in one database, and a database of the first one's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.furnished import Tenant, tenant
from tests.tenants.storages import cleaned, prepared, without_settling


@pytest.fixture(autouse=True)
def nothing_is_left(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    without_settling(monkeypatch)
    with cleaned():
        yield


@pytest.fixture
def tenants(nothing_is_left: None) -> tuple[Tenant, Tenant]:
    """``acme`` and ``globex``, both in the default database."""
    return tenant("acme", "default", mark="m", first_id=9_000), tenant("globex", "default")


@pytest.fixture
def own(tenants: tuple[Tenant, Tenant], tmp_path: Path) -> str:
    """Alias of a database of ``acme``'s own."""
    return prepared(tenants[0].organisation, tmp_path, "acme-mine")
