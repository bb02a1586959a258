"""A secret that went through every door stands nowhere but in the key-value store."""

from __future__ import annotations

import logging

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import router
from django.urls import reverse

from tenants.models import Environment
from tenants.services.cloning import clone_environment
from tenants.services.deletion import delete_environment
from tenants.services.deletion_run import continue_deletion
from tenants.tasks import publish_configurations
from tests.conftest import DATABASES
from tests.factories import user_of
from tests.furnished import tenant

MARK = "zorblaxian-hunter2"

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
"""The doctor asks each connection in a thread of its own, which sees what was committed."""


def everything_in_rows() -> str:
    """Every value of every row of every model, in every database where it lies."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        for alias in DATABASES:
            if router.allow_migrate_model(alias, model):
                found += [str(row) for row in model._base_manager.using(alias).values()]
    return "\n".join(found)


def test_secret__through_every_door__is_in_no_row_log_answer_or_output(
    database, client, client_of, caplog, capsys, settings, tmp_path
):
    (tmp_path / "broker" / "queue").mkdir(parents=True)
    settings.CELERY_BROKER_URL = f"filesystem://{tmp_path}/broker"
    caplog.set_level(logging.DEBUG)
    one = tenant("acme", database, first_id=9_000)
    root = user_of(None, "root")
    api, organisation = client_of(root), "/api/v1/organisations/acme"
    here = f"{organisation}/environments/production"
    client.force_login(root)
    answers = []

    def ask(sender, method, path, *more, **options):
        answer = getattr(sender, method)(path, *more, **options)
        answers.append(f"{path}: {answer.content.decode()} {answer.headers}")
        return answer

    # Set, well and badly, by the API and by the screens.
    for path in (f"{organisation}/secrets/kv", f"{here}/secrets/scheduler", f"{here}/secrets/kv"):
        assert ask(api, "put", path, {"value": MARK}, format="json").status_code == 204
        ask(api, "put", path, {"value": MARK, MARK[:8]: 1}, format="json")
        ask(api, "put", path, {"value": [MARK]}, format="json")
        ask(api, "put", f"{path}x", {"value": MARK}, format="json")
        ask(api, "put", path, {"value": MARK * 9_000}, format="json")
    for kind, row in (("organisation", one.organisation), ("environment", one.environment)):
        page = reverse(f"admin:tenants_{kind}_change", args=[row.pk])
        form = {"title": "T", "stage": "test", "order": 1, "service_label": "app",
                "version_label": "version", "shared_port": 0, "secret_metrics": MARK}  # fmt: skip
        assert ask(client, "post", page, form).status_code == 302
        ask(client, "post", page, {**form, "kv_url": "stone://x"})
        ask(client, "get", page)
    # A URL that holds one is refused.
    for url in (
        f"vault://:{MARK}@v/x",
        f"vault://v:{MARK}/x",
        f"elasticsearch://e/p?api_key={MARK}",
    ):
        for path in (organisation, here, f"{here}/clone"):
            method = "post" if path.endswith("clone") else "patch"
            sent = {"name": "x"} if method == "post" else {}
            refused = ask(api, method, path, {**sent, "kv_url": url}, format="json")
            assert refused.status_code == 400
        ask(api, "patch", organisation, {"environment_defaults": {"kv_url": url}}, format="json")
    # Read, published, cloned, archived, looked at, checked, deleted.
    for path in ("", "/secrets", "/deletion", "/audit", "/events", "/status"):
        ask(api, "get", f"{here}{path}")
    for path in ("", "/secrets", "/deletion", "/audit", "/environments"):
        ask(api, "get", f"{organisation}{path}")
    publish_configurations()
    environment = Environment.objects.select_related("organisation").get(name="production")
    made = clone_environment(environment, "staging", actor="root", with_secrets=True)
    cloned = ask(
        api, "post", f"{here}/clone", {"name": "third", "with_secrets": True}, format="json"
    )
    assert "scheduler" in cloned.json()["secrets_set"]
    ask(client, "post", reverse("environment-clone", args=["acme", "production"]),
        {"name": "fourth", "stage": "test", "with_secrets": "on"})  # fmt: skip
    ask(api, "post", f"{here}/archive")
    ask(api, "put", f"{here}/secrets/kv", {"value": MARK}, format="json")
    ask(api, "post", f"{here}/restore")
    ask(api, "delete", f"{here}/secrets/kv")
    ask(client, "get", reverse("environment-life", args=["acme", "production"]))
    assert continue_deletion(delete_environment(environment, confirm="production", actor="root").pk)
    call_command("doctor")

    assert MARK not in everything_in_rows()
    assert [answer for answer in answers if MARK in answer] == []
    assert MARK not in caplog.text
    assert [record for record in caplog.records if MARK in str(vars(record))] == []
    assert MARK not in "".join(capsys.readouterr())
    assert MARK not in repr(made)
