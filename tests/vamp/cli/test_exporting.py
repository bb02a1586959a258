from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tenants.models import RoleBinding
from tests.vamp.cli.things import BOTH
from vamp.cli.exporting import Exported, write_all
from vamp.cli.failure import Failure


def test_export__applied_again__changes_nothing(shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH)

    ran = shell.vamp("export")

    again = shell.vamp("apply", "-f", "-", stdin=ran.out)
    assert again.out.count("unchanged") == 2, again.all


def test_export__portable__applies_elsewhere(shell, root):
    shell.vamp("apply", "-f", "-", stdin=BOTH)
    root.forklift("create", "environment", "copy")

    text = shell.vamp("export", "--portable").out
    ran = shell.vamp(
        "apply", "-f", "-", "--env", "copy", stdin=text.replace("shop.acme", "copy.acme")
    )

    assert "Gateway acme/copy/shop created" in ran.out, ran.all


def test_export__whole_organisation__lies_in_folders_and_applies(root, shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH)
    folder = root.home / "out"

    ran = root.forklift("export", "-o", str(folder))

    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.yaml"))
    given = RoleBinding.objects.get().pk  # what makes ana the administrator
    assert files == [
        f"acme/bindings/{given}.yaml", "acme/organisation.yaml", "acme/production/environment.yaml",
        "acme/production/gateways/shop.yaml", "acme/production/policies/canary.yaml",
        "acme/sign-in-policy.yaml", "acme/users/ana.yaml",
    ]  # fmt: skip
    assert "7 documents" in ran.err
    again = root.forklift("apply", "--dry-run", "-f", str(folder))
    assert again.out.count("unchanged") == 7, again.all


def test_export__kind_and_name__is_that_document(shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH)

    ran = shell.vamp("export", "policy", "canary")

    assert yaml.safe_load(ran.out)["kind"] == "ReleasePolicy"
    assert shell.vamp("export", "gateway", "none").exit == 3
    assert shell.vamp("export", "users").exit == 2


def test_write__path_that_leads_out__is_refused(tmp_path):
    with pytest.raises(Failure, match="outside"):
        write_all(tmp_path / "in", [Exported("../x.yaml", {"kind": "A"})])

    assert list(Path(tmp_path).iterdir()) == []
