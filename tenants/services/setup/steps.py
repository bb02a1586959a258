"""The steps of a set-up. Each looks whether it is done, and does it; both may be repeated at will."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Protocol

from django.core.management import call_command
from django.utils import timezone

from tenants.connections import kv_connection, kv_for, metrics_for, scheduler_for, stream_of
from tenants.domain.store import SYSTEMS, Store
from tenants.models import ApiToken, Environment
from tenants.services import tenancy
from tenants.services.check_questions import question
from tenants.services.namespaces import is_published, publish_configuration
from vamp import checking, streams, wiring_of_agent_keys
from vamp.databases import DEFAULT
from vamp.dsn import Dsn
from vamp.ports.checks import Check, Checked


class ByHand(Exception):
    """A step that only a person can take. The message says what to do."""


class Step(Protocol):
    """One step.

    Attributes:
        name: short, the same for ever.
        title: what is there once it is done.
    """

    name: ClassVar[str]
    title: ClassVar[str]

    def look(self, environment: Environment) -> Checked:
        """Return how the step is; it is done where that is prepared. May raise a port's error."""
        ...

    def do(self, environment: Environment) -> None:
        """Do it; safe to repeat.

        Raises:
            PortError: a system does not answer or refuses.
            ByHand: a person must.
        """
        ...


class DatabaseStep(Step):
    """The environment's rows have a place."""

    name = "database"
    title = "SQL database is migrated"

    def look(self, environment: Environment) -> Checked:
        """See `Step`."""
        found = checking.check_database(environment.database)
        if not found.is_prepared or environment.database == DEFAULT:
            return found
        check = Check(found.system, found.version, found.latency_ms)
        rows = Environment.objects.using(environment.database)
        if rows.filter(pk=environment.pk, name=environment.name).exists():
            check.good("holds the environment's row")
        else:
            check.unprepared("holds the environment's row", "it is not copied there yet", "")
        return check.done()

    def do(self, environment: Environment) -> None:
        """See `Step`."""
        if checking.pending_migrations(environment.database):
            call_command("migrate", database=environment.database, verbosity=0, interactive=False)
        tenancy.mirror(environment)


class KeyValueStep(Step):
    """The store is there, and holds the configuration of the environment and its organisation."""

    name = "kv"
    title = "Key-value store holds the configuration"

    def look(self, environment: Environment) -> Checked:
        """See `Step`."""
        found = question(environment, Store.KV)()
        if not found.is_prepared:
            return found
        check = Check(found.system, found.version, found.latency_ms)
        for row in (environment.organisation, environment):
            what = f"holds the configuration of {row.path}"
            if is_published(row):
                check.good(what)
            else:
                check.unprepared(what, "it is not written there yet", "")
        return check.done()

    def do(self, environment: Environment) -> None:
        """See `Step`."""
        kv_for(environment).prepare()
        publish_configuration(environment.organisation)
        publish_configuration(environment)


class AgentAccessStep(Step):
    """What opens the environment's subtree for its agents, and nothing else."""

    name = "access"
    title = "Agents have a key of their own"

    def look(self, environment: Environment) -> Checked:
        """See `Step`."""
        found = kv_connection(environment)
        check = Check(SYSTEMS.get(Dsn.parse(found.url).scheme, ""))
        is_there = check.asks(
            "the key can be asked for",
            lambda: wiring_of_agent_keys.has_kv_agent_key(
                found.url, key=found.key, **environment.names
            ),
        )
        if is_there is False:
            check.unprepared("policy and AppRole are there", "they are not made yet", "")
        elif is_there:
            check.good("opens this environment alone")
        return check.done()

    def do(self, environment: Environment) -> None:
        """See `Step`."""
        found = kv_connection(environment)
        wiring_of_agent_keys.kv_agent_key(found.url, key=found.key, **environment.names)


class EventsStep(Step):
    """The organisation's stream."""

    name = "events"
    title = "Event stream is there"

    def look(self, environment: Environment) -> Checked:
        """See `Step`."""
        return question(environment, Store.EVENTS)()

    def do(self, environment: Environment) -> None:
        """See `Step`."""
        stream = streams.opened(stream_of(environment), environment.database)
        stream.prepare(environment.organisation.name)


class MetricsStep(Step):
    """Templates of indices, or tables."""

    name = "metrics"
    title = "Metrics store is ready to be written"

    def look(self, environment: Environment) -> Checked:
        """See `Step`."""
        return question(environment, Store.METRICS)()

    def do(self, environment: Environment) -> None:
        """See `Step`."""
        metrics_for(environment).prepare()


class SchedulerStep(Step):
    """Where the services run."""

    name = "scheduler"
    title = "Scheduler lets Vamp see and scale"

    def look(self, environment: Environment) -> Checked:
        """See `Step`."""
        return question(environment, Store.SCHEDULER)()

    def do(self, environment: Environment) -> None:
        """See `Step`. A folder is made; in a cluster only its administrator may make anything."""
        if not environment.scheduler_url:
            raise ByHand("Set the environment's scheduler, and test it under Connections.")
        dsn = Dsn.parse(environment.scheduler_url)
        if dsn.scheme == "local":
            Path(dsn.path).mkdir(parents=True, exist_ok=True)
            return
        if not scheduler_for(environment).check().ok:
            raise ByHand(
                "Give an administrator's kubeconfig below, once; or apply the manifest below and"
                " store the account's token as the secret scheduler."
            )


class TokenStep(Step):
    """What agents show to the agent API."""

    name = "token"
    title = "Agents can log in to the API"

    def look(self, environment: Environment) -> Checked:
        """See `Step`."""
        check = Check("API token")
        now = timezone.now()
        if ApiToken.objects.usable(now).filter(agent_of=environment).exists():
            check.good("there is a token for agents")
        else:
            check.unprepared("there is a token for agents", "there is none yet", "")
        return check.done()

    def do(self, environment: Environment) -> None:
        """See `Step`: its text is shown once, so somebody must be there to take it."""
        raise ByHand(
            "Press “Start an agent” on the environment's Agents page: it shows the command with a"
            f" new token, once. Or: forklift create token NAME --agents-of {environment.name}"
        )


STEPS: Sequence[Step] = (
    DatabaseStep(), KeyValueStep(), AgentAccessStep(), EventsStep(), MetricsStep(),
    SchedulerStep(), TokenStep(),
)  # fmt: skip
"""In the order in which they are done."""
