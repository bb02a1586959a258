"""Shells of ``acme/ana`` and of the platform administrator, against the real API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.vamp.cli.shell import Shell, shell_of
from tests.vamp.cli.told import Told, serving


@pytest.fixture
def database() -> str:
    """The command lines never see a database: one is enough."""
    return "default"


@pytest.fixture
def shell(environment: Any, person: Any, tmp_path: Path) -> Shell:
    """A shell of ``acme/ana``, at work in ``acme/production``."""
    return shell_of(tmp_path, person)


@pytest.fixture
def root(environment: Any, platform_administrator: Any, tmp_path: Path) -> Shell:
    """A shell of a platform administrator, at work in ``acme/production``."""
    return shell_of(tmp_path, platform_administrator)


@pytest.fixture
def nobody(tmp_path: Path) -> Shell:
    """A shell without any configuration."""
    return Shell(tmp_path)


@pytest.fixture
def told() -> Iterator[Told]:
    """A server that answers as it is told."""
    with serving(Told()) as found:
        yield found


@pytest.fixture
def told_shell(told: Told, tmp_path: Path) -> Shell:
    """A shell at work in ``acme/production`` of that server."""
    environ = {
        "VAMP_SERVER": told.address, "VAMP_TOKEN": "abc.def", "VAMP_ORGANISATION": "acme",
        "VAMP_ENVIRONMENT": "production",
    }  # fmt: skip
    return Shell(tmp_path, environ)
