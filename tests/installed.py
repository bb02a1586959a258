"""Imports all of Vamp with only what its users install; fails where it leans on a tool of ours.

Run as a program, since what is imported once cannot be taken away again: ``python -m tests.installed``.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

# Not `packaging` itself: what is imported here could not be found lacking any more.
from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
OURS = ("vamp", "tenants", "gateways", "policies")
CHOSEN_BY_URL = ("kombu.transport.redis", "kombu.transport.filesystem")
"""What a variable of the installation has others import."""

COMPILED, NEEDS_COMPILED = "MySQLdb", ("vamp.mysql.",)
"""A driver built on the machine, which only the extra for real servers brings; what needs it."""


def users_distributions() -> set[str]:
    """Return what is installed with Vamp and its extras, all that those need among it."""
    project = tomllib.loads(PROJECT.read_text())["project"]
    wanted = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        wanted += extra
    found: set[tuple[str, str]] = set()
    open_ones = [Requirement(text) for text in wanted]
    while open_ones:
        requirement = open_ones.pop()
        for extra in ("", *requirement.extras):
            key = (canonicalize_name(requirement.name), extra)
            if key not in found:
                found.add(key)
                open_ones += _needed(*key)
    return {name for name, _ in found}


def _needed(name: str, extra: str) -> Iterator[Requirement]:
    try:
        texts = distribution(name).requires or ()
    except PackageNotFoundError:
        return  # for another system or version of Python
    for text in texts:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement


class NotOfUsers(MetaPathFinder):
    """Refuses modules that come with distributions users do not have.

    Args:
        modules: top-level modules and the distributions that hold them.
        allowed: canonical names of the distributions that users have.
    """

    def __init__(self, modules: Mapping[str, Sequence[str]], allowed: set[str]) -> None:
        self._refused = {
            module
            for module, holders in modules.items()
            if not allowed & {canonicalize_name(holder) for holder in holders}
        } - {*OURS, "deploy", "tests"}

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise where nobody but us has `name`; let others find it otherwise."""
        if name.partition(".")[0] in self._refused:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def main() -> None:
    """Import everything; ends with a traceback where that fails."""
    sys.meta_path.insert(0, NotOfUsers(packages_distributions(), users_distributions()))
    os.environ["DJANGO_SETTINGS_MODULE"] = "vamp.settings"
    import django

    django.setup()
    left_out = () if find_spec(COMPILED) else NEEDS_COMPILED
    for name in CHOSEN_BY_URL:
        importlib.import_module(name)
    count = 0
    for package in map(importlib.import_module, OURS):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__") and not module.name.startswith(left_out):
                importlib.import_module(module.name)
                count += 1
    print(f"imported {count} modules")  # noqa: T201 its only output


if __name__ == "__main__":
    main()
