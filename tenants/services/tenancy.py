"""Creating and changing organisations and environments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict

from tenants import events
from tenants.models import Environment, Organisation
from vamp import audit, outbox, wiring
from vamp.contention import repeated
from vamp.databases import DEFAULT
from vamp.dsn import Dsn
from vamp.errors import Conflict, Fault, Invalid

ENVIRONMENT_FIELDS = (
    "title", "stage", "order", "scheduler_url", "namespace", "service_label", "version_label",
    "shared_port", "kv_url", "metrics_url", "events_url",
)  # fmt: skip
ORGANISATION_FIELDS = ("title", "kv_url", "metrics_url", "events_url")


def create_organisation(name: str, *, actor: str, **fields: Any) -> Organisation:
    """Make an organisation.

    Args:
        name: DNS label.
        actor: who does it, for the audit trail.
        fields: any of `ORGANISATION_FIELDS`.

    Raises:
        Invalid: a field is wrong; every fault is listed.
        Conflict: there is one of that name.
    """
    organisation = Organisation(name=name, **fields)
    _check(organisation, organisation_faults(fields))
    with _saving():
        organisation.save()
        _tell(organisation, "organisation.created", events.ORGANISATION_CREATED, actor, None)
    return organisation


def change_organisation(organisation: Organisation, *, actor: str, **fields: Any) -> Organisation:
    """Change any of `ORGANISATION_FIELDS`; mirrors of the row in dedicated databases follow."""
    before = model_to_dict(organisation)
    for name, value in fields.items():
        setattr(organisation, name, value)
    _check(organisation, organisation_faults(fields))
    with _saving():
        organisation.save(update_fields=[*fields])
        _tell(organisation, "organisation.changed", events.ORGANISATION_CHANGED, actor, before)
    for environment in organisation.environments.exclude(database=DEFAULT):
        mirror(environment)
    return organisation


def create_environment(
    organisation: Organisation, name: str, *, actor: str, database: str = DEFAULT, **fields: Any
) -> Environment:
    """Make an environment.

    Args:
        organisation: whose it is.
        name: DNS label, unique in the organisation.
        actor: who does it, for the audit trail.
        database: alias of the database that holds its rows; must be configured and migrated.
        fields: any of `ENVIRONMENT_FIELDS`.

    Raises:
        Invalid: a field is wrong; every fault is listed.
        Conflict: the name, or the scheduler's namespace, is taken.
    """
    environment = Environment(organisation=organisation, name=name, database=database, **fields)
    faults = environment_faults(fields)
    if database not in settings.DATABASES:
        known = ", ".join(settings.DATABASES)
        faults.append(
            Fault("/database", f"there is no database {database!r}", f"configured: {known}")
        )
    _check(environment, faults)
    with _saving():
        environment.save()
        _tell(environment, "environment.created", events.ENVIRONMENT_CREATED, actor, None)
    mirror(environment)
    return environment


def change_environment(environment: Environment, *, actor: str, **fields: Any) -> Environment:
    """Change any of `ENVIRONMENT_FIELDS`. See `create_environment` for errors."""
    before = model_to_dict(environment)
    for name, value in fields.items():
        setattr(environment, name, value)
    _check(environment, environment_faults(fields))
    with _saving():
        environment.save(update_fields=[*fields])
        _tell(environment, "environment.changed", events.ENVIRONMENT_CHANGED, actor, before)
    mirror(environment)
    return environment


@repeated
def mirror(environment: Environment) -> None:
    """Copy the environment's and its organisation's row into the environment's own database.

    Safe to repeat: `tenants.tasks.mirror` does so, for a crash between the two databases.
    """
    if environment.database == DEFAULT:
        return
    with transaction.atomic(using=environment.database):
        for row in (environment.organisation, environment):
            fields = {
                field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields
            }
            type(row)._base_manager.using(environment.database).update_or_create(
                pk=fields.pop("id"), defaults=fields
            )


def organisation_faults(fields: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with the store URLs among `fields`."""
    checks = [
        ("kv_url", "key-value store", wiring.KV_SCHEMES),
        ("metrics_url", "metrics store", wiring.METRICS_SCHEMES),
        ("events_url", "event stream", wiring.EVENTS_SCHEMES),
    ]
    return [
        Fault(f"/{name}", fault.message, fault.hint)
        for name, what, allowed in checks
        if fields.get(name)
        for fault in url_faults(fields[name], what, allowed)
    ]


def environment_faults(fields: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with the store and scheduler URLs among `fields`."""
    faults = organisation_faults(fields)
    if fields.get("scheduler_url"):
        faults += [
            Fault("/scheduler_url", fault.message, fault.hint)
            for fault in url_faults(fields["scheduler_url"], "scheduler", wiring.SCHEDULER_SCHEMES)
        ]
    return faults


def url_faults(url: str, what: str, allowed: Sequence[str]) -> list[Fault]:
    """Return what is wrong with a URL: a scheme without a driver, or a secret that it holds."""
    try:
        wiring.check_scheme(url, what, allowed)
    except Invalid as error:
        return list(error.faults)
    dsn = Dsn.parse(url)
    if dsn.secret or "api_key" in dsn.options:
        hint = "set it as the secret of this name: it then lies in the key-value store alone"
        return [Fault("", "the URL holds a password or token, which must not stand here", hint)]
    return []


@contextmanager
def _saving() -> Iterator[None]:
    """Save in one transaction; what a rival took between the check and now is a conflict."""
    try:
        with transaction.atomic(using=DEFAULT):
            yield
    except IntegrityError:
        fault = Fault("", "another change took this name, or scheduler and namespace", "look again")
        raise Conflict(faults=[fault]) from None


def _check(row: Organisation | Environment, faults: list[Fault]) -> None:
    taken: list[Fault] = []
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        faults = faults + [
            Fault(f"/{name}", message)
            for name, messages in error.message_dict.items()
            for message in messages
        ]
    if faults:
        raise Invalid(faults=faults)
    if isinstance(row, Environment):
        row.set_placement()
    try:
        row.validate_unique()
        row.validate_constraints()
    except ValidationError as error:
        taken = [_taken(field) for field in error.error_dict]
    if taken:
        raise Conflict(faults=taken)


def _taken(field: str) -> Fault:
    if field == "placement":
        return Fault("/scheduler_url", "another environment has this scheduler and namespace")
    return Fault("/name", "this name is taken")


def _tell(
    row: Organisation | Environment,
    verb: str,
    event: str,
    actor: str,
    before: dict[str, Any] | None,
) -> None:
    organisation = row if isinstance(row, Organisation) else row.organisation
    environment = row.name if isinstance(row, Environment) else ""
    audit.record(
        actor, verb, verb.partition(".")[0], str(row), using=DEFAULT,
        organisation=organisation.name, environment=environment,
        before=before, after=model_to_dict(row),
    )  # fmt: skip
    outbox.emit(
        event, using=DEFAULT, organisation=organisation.name, environment=environment,
        payload={f"{verb.partition('.')[0]}_id": row.pk, "name": row.name},
    )  # fmt: skip
