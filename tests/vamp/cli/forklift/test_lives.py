from __future__ import annotations

import pytest

from tenants.models import Environment, LifeState, Organisation


@pytest.mark.parametrize(
    ("noun", "name", "model"),
    [("organization", "acme", Organisation), ("environment", "production", Environment)],
)
def test_archive_and_restore__named__ask_for_it(root, noun, name, model):
    said = noun.replace("z", "s")

    archived = root.forklift("archive", noun, name)
    state = model.objects.get(name=name).state
    restored = root.forklift("restore", noun, name)

    assert archived.out == f"{said} {name} archived\n", archived.err
    assert state == LifeState.ARCHIVED
    assert restored.out == f"{said} {name} restored\n", restored.err
    assert model.objects.get(name=name).state == LifeState.ACTIVE


def test_archived__environment__is_not_changed(root):
    root.forklift("archive", "environment", "production")

    ran = root.forklift("update", "environment", "production", "--title", "X")

    assert ran.exit == 5
    assert "is archived" in ran.err


def test_clone__with_what_it_lacks__tells_that(root):
    root.forklift(
        "set", "connection", "scheduler", "--url", "kubernetes://k8s.acme.test", "--namespace",
        "shop", "--secret-file", "-", stdin="token",
    )  # fmt: skip

    ran = root.forklift(
        "clone", "environment", "production", "copy", "--title", "Copy", "--namespace", "b"
    )

    assert ran.out == "environment copy made like production\n", ran.err
    assert Environment.objects.get(name="copy").title == "Copy"
    assert "note: " in ran.err
    assert "secrets that must be set: scheduler" in ran.err


def test_clone__of_what_is_not_there__is_not_found(root):
    assert root.forklift("clone", "environment", "none", "copy").exit == 3
