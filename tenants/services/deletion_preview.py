"""What a deletion would take: counted, with what cannot be counted said to be so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tenants.connections import kv_for, lines_for, metrics_for, stream_of
from tenants.models import ApiToken, Environment, Organisation, User
from tenants.owned_parts import parts
from tenants.services.owned_rows import counted
from vamp.contention import is_away
from vamp.databases import DEFAULT
from vamp.errors import VampError
from vamp.ports.errors import PortError

UNKNOWN = "not known"


def preview_of(row: Organisation | Environment) -> dict[str, Any]:
    """Return what would go with `row`, in JSON.

    Keys of an environment's: ``rows`` (kind → how many), ``keys`` (how many the key-value store
    holds), ``subjects`` (what its events travel under), ``indices`` (their names), ``tokens``,
    ``alive`` (kind → how many agents serve it now) and ``unknown`` (what could not be asked → why).
    Of an organisation's: ``environments`` (name → the same), ``people`` and ``tokens``.

    Cost: a query a model, and a question to each store. A store that is away hides only its own.
    """
    if isinstance(row, Environment):
        return _of_environment(row)
    environments = Environment.objects.using(DEFAULT).filter(organisation_id=row.pk)
    return {
        "environments": {
            each.name: _of_environment(each) for each in environments.select_related("organisation")
        },
        "people": User.objects.filter(organisation_id=row.pk).count(),
        "tokens": ApiToken.objects.filter(organisation_id=row.pk).count(),
        "subjects": [f"vamp.{row.name}.>"],
    }


def _of_environment(environment: Environment) -> dict[str, Any]:
    unknown: dict[str, str] = {}

    def asked(what: str, question: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return question()
        except (PortError, VampError) as error:
            unknown[what] = str(error)
        except Exception as error:
            if not is_away(error):
                raise
            unknown[what] = f"database {environment.database} does not answer"
        return otherwise

    found = {
        "rows": asked("rows", lambda: dict(counted(environment)), {}),
        "keys": asked("keys", lambda: len(keys_of(environment)), None),
        "subjects": [_place_of_events(environment)],
        "indices": asked("indices", lambda: list(indices_of(environment)), []),
        "tokens": ApiToken.objects.filter(agent_of_id=environment.pk).count(),
        "alive": asked("alive", lambda: dict(alive_in(environment)), {}),
    }
    return {**found, "unknown": unknown}


def _place_of_events(environment: Environment) -> str:
    stream = stream_of(environment)
    where = "" if stream.is_embedded else f" on {stream}"
    return f"{subjects_of(environment)}{where}"


def keys_of(environment: Environment) -> Sequence[str]:
    """Return the keys of the environment in its own store. One listing."""
    return kv_for(environment).keys(f"{environment.organisation.name}/{environment.name}")


def indices_of(environment: Environment) -> Sequence[str]:
    """Return the names of the indices that are the environment's alone."""
    lines = lines_for(environment)
    return [*metrics_for(environment).places(), *(lines.places() if lines else ())]


def subjects_of(environment: Environment) -> str:
    """Return the subject that all of the environment's events travel under."""
    return f"vamp.{environment.organisation.name}.{environment.name}.>"


def alive_in(environment: Environment) -> Mapping[str, int]:
    """Return what would notice the environment's end: kind → how many."""
    return {
        kind: count for part in parts() for kind, count in part.alive(environment).items() if count
    }
