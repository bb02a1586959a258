"""A furnished environment beside others, and what must be so once it is deleted."""

from __future__ import annotations

from typing import Any

from tenants.connections import installation_kv, kv_for
from tenants.models import ApiToken, Deletion, Environment
from tenants.services.deletion import delete_environment
from tenants.services.namespaces import publish_configuration, set_secret
from tenants.services.owned_rows import BY_NAME, owned_models
from tests.factories import ACTOR
from tests.furnished import Tenant, tenant
from vamp.models import AuditEntry, OutboxEvent


def furnished(database: str) -> tuple[Tenant, Tenant]:
    """Return a tenant with one of everything, in rows and in stores, and a second like it."""
    pair = tenant("acme", database, first_id=9_000), tenant("globex", database)
    for each in pair:
        environment = each.environment
        set_secret(environment, "scheduler", "hunter2", actor=ACTOR)
        publish_configuration(environment)
        place = f"{environment.organisation.name}/{environment.name}"
        for key in ("gateways/manifest", "gateways/parts/shop"):
            kv_for(environment).put(f"{place}/{key}", "{}")
    return pair


def begun(environment: Environment) -> Deletion:
    return delete_environment(environment, confirm=environment.name, actor="root")


def what_is_left(of: Tenant, pk: int) -> dict[str, Any]:
    """Return what there still is of an environment that ought to be gone; empty where nothing."""
    environment = of.environment
    database, organisation = environment.database, of.organisation.name
    found: dict[str, Any] = {
        model.__name__: model._base_manager.using(database).filter(environment_id=pk).count()
        for model in owned_models()
    }
    for model in BY_NAME:
        rows = model._default_manager.using(database).filter(
            organisation=organisation, environment="production"
        )
        if model is OutboxEvent:  # the newest of the database stays until its time
            rows = rows.exclude(pk=OutboxEvent.objects.using(database).order_by("-position")[0].pk)
        found[model.__name__] = rows.count()
    for alias in {"default", database}:
        found[f"environment in {alias}"] = Environment.objects.using(alias).filter(pk=pk).count()
    found["keys"] = list(installation_kv().keys(f"{organisation}/production"))
    found["tokens"] = ApiToken.objects.filter(agent_of_id=pk).count()
    return {what: count for what, count in found.items() if count}


def verbs(database: str, organisation: str) -> list[str]:
    rows = AuditEntry.objects.using(database).filter(organisation=organisation)
    return list(rows.order_by("id").values_list("verb", flat=True))
