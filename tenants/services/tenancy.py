"""Creating and changing organisations and environments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict

from tenants import events
from tenants.domain.authority import EVERYTHING, Authority
from tenants.domain.defaults import PATTERNS, EnvironmentDefaults
from tenants.models import Deletion, Environment, Organisation
from tenants.services.dedicated import faults_of_choice
from tenants.services.quotas import Quota, room
from tenants.services.records import tell
from tenants.services.standing import require_active
from vamp import wiring
from vamp.contention import repeated
from vamp.databases import DEFAULT
from vamp.dsn import Dsn
from vamp.errors import Conflict, Fault, Invalid, NotAllowed

ENVIRONMENT_FIELDS = (
    "title", "stage", "order", "scheduler_url", "namespace", "service_label", "version_label",
    "shared_port", "kv_url", "metrics_url", "events_url",
)  # fmt: skip
ORGANISATION_FIELDS = (
    "title", "kv_url", "metrics_url", "events_url", "default_database", "audit_retention_days",
    "environment_defaults", "most_environments", "most_gateways", "most_releases",
)  # fmt: skip

_PLATFORM_FIELDS = (
    *("kv_url", "metrics_url", "events_url", "database", "default_database"),
    *("most_environments", "most_gateways", "most_releases"),
)
_ON_OUR_MACHINE = frozenset({"local"})
"""Schedulers that start processes on the machine of Vamp."""


def create_organisation(name: str, *, actor: str, **fields: Any) -> Organisation:
    """Make an organisation.

    Args:
        name: DNS label.
        actor: who does it, for the audit trail.
        fields: any of `ORGANISATION_FIELDS`.

    Raises:
        Invalid: a field is wrong; every fault is listed.
        Conflict: there is one of that name, or there was: its audit trail is kept under it.
    """
    organisation = Organisation(name=name, **fields)
    _check(organisation, organisation_faults(fields) + _database_faults(organisation, fields))
    if Deletion.objects.filter(organisation=name, environment="").exists():
        hint = "take another: its audit trail is kept under this one"
        raise Conflict(faults=[Fault("/name", f"there was an organisation {name}", hint)])
    with _saving():
        organisation.save()
        after = model_to_dict(organisation)
        tell(organisation, "organisation.created", events.ORGANISATION_CREATED, actor, after=after)
    return organisation


def change_organisation(
    organisation: Organisation, *, actor: str, by: Authority = EVERYTHING, **fields: Any
) -> Organisation:
    """Change any of `ORGANISATION_FIELDS`; mirrors of the row in dedicated databases follow.

    A quota below what is used stands: nothing goes, and nothing comes until there is room.

    Raises:
        Invalid: a field is wrong; every fault is listed.
        NotActive: it is archived or being deleted.
    """
    require_active(organisation)
    before = model_to_dict(organisation)
    refuse_platform_fields(by, _changed(organisation, fields))
    for name, value in fields.items():
        setattr(organisation, name, value)
    _check(organisation, organisation_faults(fields) + _database_faults(organisation, fields))
    with _saving():
        organisation.save(update_fields=[*fields])
        after = model_to_dict(organisation)
        tell(
            organisation, "organisation.changed", events.ORGANISATION_CHANGED, actor,
            before=before, after=after,
        )  # fmt: skip
    for environment in organisation.environments.exclude(database=DEFAULT):
        mirror(environment)
    return organisation


def create_environment(
    organisation: Organisation,
    name: str,
    *,
    actor: str,
    database: str = "",
    by: Authority = EVERYTHING,
    **fields: Any,
) -> Environment:
    """Make an environment.

    Args:
        organisation: whose it is.
        name: DNS label, unique in the organisation.
        actor: who does it, for the audit trail.
        database: alias of the database that holds its rows: one of the settings, or one of the
            organisation's own that is ready; empty: the organisation's default.
        by: whose rights count.
        fields: any of `ENVIRONMENT_FIELDS`; the organisation's template gives those left out.

    Raises:
        NotAllowed: a field is for platform administrators alone.
        Invalid: a field is wrong; every fault is listed.
        Conflict: the name, or the scheduler's namespace, is taken.
        NotActive: the organisation is archived or being deleted.
        QuotaReached: it has as many environments as it may have.
    """
    require_active(organisation)
    refuse_platform_fields(by, {"database": "" if database == DEFAULT else database, **fields})
    database = database or organisation.default_database or DEFAULT
    template = EnvironmentDefaults.read(organisation.environment_defaults)
    fields = template.filled(organisation.name, name, fields)
    environment = Environment(organisation=organisation, name=name, database=database, **fields)
    faults = environment_faults(fields) + faults_of_choice(organisation, database, "/database")
    _check(environment, faults)
    with _saving(), room(organisation, Quota.ENVIRONMENTS) as quota:
        quota.take()
        environment.save()
        after = model_to_dict(environment)
        tell(environment, "environment.created", events.ENVIRONMENT_CREATED, actor, after=after)
    mirror(environment)
    return environment


def change_environment(
    environment: Environment, *, actor: str, by: Authority = EVERYTHING, **fields: Any
) -> Environment:
    """Change any of `ENVIRONMENT_FIELDS`. See `create_environment` for errors."""
    require_active(environment)
    before = model_to_dict(environment)
    refuse_platform_fields(by, _changed(environment, fields))
    for name, value in fields.items():
        setattr(environment, name, value)
    _check(environment, environment_faults(fields))
    with _saving():
        environment.save(update_fields=[*fields])
        after = model_to_dict(environment)
        tell(
            environment, "environment.changed", events.ENVIRONMENT_CHANGED, actor,
            before=before, after=after,
        )  # fmt: skip
    mirror(environment)
    return environment


@repeated
def mirror(environment: Environment) -> None:
    """Copy the environment's and its organisation's row into the environment's own database.

    Safe to repeat: `tenants.tasks.mirror` does so, for a crash between the two databases.
    """
    mirror_into(environment, environment.database)


def mirror_into(environment: Environment, database: str) -> None:
    """Copy the environment's and its organisation's row into `database`. Idempotent."""
    if database == DEFAULT:
        return
    with transaction.atomic(using=database):
        for row in (environment.organisation, environment):
            fields = {
                field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields
            }
            type(row)._base_manager.using(database).update_or_create(
                pk=fields.pop("id"), defaults=fields
            )


def _changed(row: Organisation | Environment, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if getattr(row, name) != value}


def refuse_platform_fields(by: Authority, fields: Mapping[str, Any]) -> None:
    """Refuse what decides where Vamp itself reads, writes and starts processes, and how much.

    Args:
        by: whose rights count; platform administrators may set all.
        fields: that are to be set, to what.

    Raises:
        NotAllowed: naming each such field.
    """
    if by.is_everything:
        return
    theirs = [name for name in _PLATFORM_FIELDS if fields.get(name)]
    if str(fields.get("scheduler_url", "")).partition(":")[0] in _ON_OUR_MACHINE:
        theirs.append("scheduler_url")
    if theirs:
        raise NotAllowed(
            f"Only a platform administrator may set {', '.join(theirs)}: it says where Vamp itself"
            " reads, writes or starts processes, or how much of it the tenant may take."
        )


def _database_faults(organisation: Organisation, fields: Mapping[str, Any]) -> list[Fault]:
    """Return why new environments may not lie in the database that `fields` names, if it does."""
    alias = fields.get("default_database")
    return faults_of_choice(organisation, alias, "/default_database") if alias else []


def organisation_faults(fields: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with the store URLs and the defaults of environments in `fields`."""
    return _store_faults(fields) + _defaults_faults(fields.get("environment_defaults"))


def _defaults_faults(value: Any) -> list[Fault]:
    """Return what is wrong with a template; its patterns are held to the rules of what they make."""
    if not value:
        return []
    if not isinstance(value, dict):
        return [Fault("/environment_defaults", "must be a mapping, such as {}")]
    try:
        template = EnvironmentDefaults.read(value)
    except Invalid as error:
        return [
            replace(each, pointer=f"/environment_defaults{each.pointer}") for each in error.faults
        ]
    sample = template.filled("acme", "sample", {})
    made = {name: sample[name] for name in PATTERNS if sample.get(name)}
    return [
        replace(each, pointer=f"/environment_defaults{each.pointer}")
        for each in environment_faults(made)
    ]


def _store_faults(fields: Mapping[str, Any]) -> list[Fault]:
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
    faults = _store_faults(fields)
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
