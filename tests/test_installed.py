"""Vamp needs nothing of what only those who work on it install."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.installed import NotOfUsers, users_distributions
from tests.test_architecture import APPS, ROOT


def test_vamp__where_only_its_own_requirements_are__is_imported_whole():
    ended = subprocess.run(
        [sys.executable, "-m", "tests.installed"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    imported = int(re.search(r"imported (\d+) modules", ended.stdout)[1])
    assert imported > sum(len(list((ROOT / name).rglob("*.py"))) for name in APPS) / 2


def test_users_distributions__of_extras_within_extras__are_all_there():
    found = users_distributions()

    assert {"django", "sqlparse", "redis", "packaging", "fido2", "mysqlclient"} <= found
    assert not {"pytest", "ruff", "playwright"} & found


def test_not_of_users__module_of_a_tool__is_refused_by_name():
    finder = NotOfUsers({"yaml": ["PyYAML"], "pytest": ["pytest"]}, {"pyyaml"})

    assert finder.find_spec("yaml.nodes", None) is None
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'pytest\.mark'") as refused:
        finder.find_spec("pytest.mark", None)
    assert refused.value.name == "pytest.mark"
