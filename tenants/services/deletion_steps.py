"""The steps of a deletion. Each may be repeated, and says how far it is by what it yields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from django.utils import timezone

from tenants.connections import (
    installation_kv,
    kv_connection,
    kv_for,
    lines_for,
    metrics_for,
    namespaces,
    organisation_stream,
    stream_of,
)
from tenants.models import ApiToken, Deletion, Environment, Organisation, User
from tenants.secrets import key_of
from tenants.services import events_key_ends
from tenants.services.agent_events import why_not
from tenants.services.deletion import delete_environment
from tenants.services.deletion_preview import keys_of, subjects_of
from tenants.services.owned_rows import BY_NAME, counted, delete_by_name, delete_rows, held_leases
from tenants.services.tenancy import mirror
from tenants.services.tokens import revoke_token
from vamp import streams
from vamp.databases import DEFAULT, aliases
from vamp.models import OutboxEvent
from vamp.wiring_of_agent_keys import revoke_kv_agent_key

ACTOR = "vamp:deletion"
EVER = datetime(9000, 1, 1, tzinfo=UTC)
"""Later than anything that a store holds."""

Progress: TypeAlias = Iterator[tuple[int, int]]


class Waiting(Exception):
    """The step cannot go on yet; the message says what it waits for."""


class RowsCameLate(Exception):
    """Somebody wrote rows after all were deleted: they are to be looked for again."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        name: stable, one word.
        words: what it does, for people.
        run: does it; yields done and total as often as it likes.
    """

    name: str
    words: str
    run: Callable[[Deletion, Environment], Progress]


@dataclass(frozen=True, slots=True)
class OrganisationStep:
    """The same for an organisation."""

    name: str
    words: str
    run: Callable[[Deletion, Organisation], Progress]


def _stop(deletion: Deletion, environment: Environment) -> Progress:
    """Wait until nobody works on it: every process reads within seconds that it is not active."""
    yield 0, 0
    mirror(environment)  # who comes by a row of its own database reads the state there
    now = timezone.now()
    for lease in held_leases(environment):
        if lease.expires_at > now:
            raise Waiting(f"{lease.name.partition('/')[0]} to end, which {lease.holder} still does")


def _access(deletion: Deletion, environment: Environment) -> Progress:
    """Make worthless what agents hold."""
    tokens = list(
        ApiToken.objects.filter(agent_of_id=environment.pk).select_related(
            "organisation", "agent_of__organisation"
        )
    )
    for done, token in enumerate(tokens, start=1):
        revoke_token(token, actor=ACTOR)
        yield done, len(tokens)
    # Also what tokens gave that were revoked before; the sweep would do it too, without us waiting.
    events_key_ends.work_off(environment_id=environment.pk)
    store = kv_connection(environment)
    revoke_kv_agent_key(
        store.url,
        key=store.key,
        organisation=environment.organisation.name,
        environment=environment.name,
    )
    stream = stream_of(environment)
    if not stream.is_embedded and (reason := why_not(stream)):
        said = (
            f"users of {stream} that agents were given hear {subjects_of(environment)}, where"
            f" nothing is said any more, until they are revoked: {reason}"
        )
        if said not in deletion.remains:
            deletion.remains = [*deletion.remains, said]


def _keys(deletion: Deletion, environment: Environment) -> Progress:
    """Remove everything under the environment from its store; its secrets are needed for longer."""
    kv = kv_for(environment)
    own = key_of(environment)
    gone = [key for key in keys_of(environment) if key != own]
    for done, key in enumerate(gone, start=1):
        kv.delete(key)
        yield done, len(gone)


def _events(deletion: Deletion, environment: Environment) -> Progress:
    """Forget its events: first those that the relay would still hand over."""
    names = {"organisation": environment.organisation.name, "environment": environment.name}
    delete_by_name(OutboxEvent, environment.database, **names, position=None)
    yield 0, 0
    for database in {environment.database, DEFAULT}:
        stream = streams.opened(stream_of(environment), database)
        stream.purge(subjects_of(environment))


def _metrics(deletion: Deletion, environment: Environment) -> Progress:
    """Remove its indices."""
    yield 0, 0
    metrics_for(environment).prune(before=EVER)
    if (lines := lines_for(environment)) is not None:
        lines.prune(before=EVER)


def _rows(deletion: Deletion, environment: Environment) -> Progress:
    yield from delete_rows(environment)


def _secrets(deletion: Deletion, environment: Environment) -> Progress:
    """Remove its document; after all else, for it holds what opens its stores."""
    yield 0, 0
    yield from _keys(deletion, environment)  # what a late task wrote meanwhile
    installation_kv().delete(key_of(environment))
    namespaces.forget(environment)


def _mirror(deletion: Deletion, environment: Environment) -> Progress:
    """Remove its mirrored row, and its organisation's where no other environment lies there."""
    yield 0, 0
    database = environment.database
    if database == DEFAULT:
        return
    if counted(environment):
        raise RowsCameLate
    # Not through the collector, which would look for rights: those lie in the default database.
    rows = Environment.objects.using(database)
    rows.filter(pk=environment.pk)._raw_delete(database)  # noqa: SLF001
    if not rows.filter(organisation_id=environment.organisation_id).exists():
        organisations = Organisation.objects.using(database)
        organisations.filter(pk=environment.organisation_id)._raw_delete(database)  # noqa: SLF001


STEPS: Sequence[Step] = (
    Step("stop", "discovery, releases and publication end", _stop),
    Step("access", "tokens and keys of agents are revoked", _access),
    Step("keys", "entries of the key-value store are removed", _keys),
    Step("events", "events are removed from the stream", _events),
    Step("metrics", "indices of metrics and log lines are removed", _metrics),
    Step("rows", "rows are removed from the database", _rows),
    Step("secrets", "configuration and secrets are removed", _secrets),
    Step("mirror", "the mirrored row is removed", _mirror),
)


def _environments(deletion: Deletion, organisation: Organisation) -> Progress:
    """Have every environment deleted, and wait until all are."""
    rows = Environment.objects.using(DEFAULT).filter(organisation_id=organisation.pk)
    found = list(rows.select_related("organisation"))
    total = max(len(deletion.preview.get("environments", {})), len(found))
    yield total - len(found), total
    for environment in found:
        delete_environment(environment, confirm=environment.name, actor=deletion.requested_by)
    if found:
        names = ", ".join(environment.name for environment in found[:5])
        raise Waiting(f"the deletion of {len(found)} environments: {names}")


def _people(deletion: Deletion, organisation: Organisation) -> Progress:
    ApiToken.objects.filter(organisation_id=organisation.pk).delete()
    people = User.objects.filter(organisation_id=organisation.pk)
    total = people.count()
    done = 0
    while batch := list(people.order_by().values_list("pk", flat=True)[:100]):
        User.objects.filter(pk__in=batch).delete()
        done += len(batch)
        yield done, total


def _organisation_rows(deletion: Deletion, organisation: Organisation) -> Progress:
    """Remove what names it in every database, the audit trail apart."""
    yield 0, 0
    for database in aliases():
        for model in BY_NAME:
            delete_by_name(model, database, organisation=organisation.name)


def _organisation_events(deletion: Deletion, organisation: Organisation) -> Progress:
    yield 0, 0
    for database in aliases():
        stream = streams.opened(organisation_stream(organisation), database)
        stream.purge(f"vamp.{organisation.name}.>")


def _organisation_keys(deletion: Deletion, organisation: Organisation) -> Progress:
    kv = installation_kv()
    gone = list(kv.keys(organisation.name))
    for done, key in enumerate(gone, start=1):
        kv.delete(key)
        yield done, len(gone)
    namespaces.forget(organisation)


ORGANISATION_STEPS: Sequence[OrganisationStep] = (
    OrganisationStep("environments", "its environments are deleted", _environments),
    OrganisationStep("people", "people and tokens are removed", _people),
    OrganisationStep("rows", "its rows are removed from every database", _organisation_rows),
    OrganisationStep("events", "its event stream is removed", _organisation_events),
    OrganisationStep("secrets", "its configuration and secrets are removed", _organisation_keys),
)
