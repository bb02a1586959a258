"""What the agents of an environment are told: their variables, with secrets in files of their own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from tenants.connections import kv_connection, metrics_connection, stream_of
from tenants.models import ApiToken, Environment
from tenants.services.agent_events import events_key
from tenants.services.tokens import create_token, revoke_token
from vamp.dsn import Dsn
from vamp.secrets import write_secret
from vamp.wiring import AGENT_METRICS_SCHEMES, with_login
from vamp.wiring_of_agent_keys import kv_agent_key

ACTOR = "vamp:up"
AGENT_TOKEN = "agents"  # noqa: S105 a token's name


def agent_variables(environment: Environment, folder: Path) -> Mapping[str, str]:
    """Return the ``VAMP_AGENT_*`` that all agents of `environment` share.

    Secrets are written to `folder`, readable by this user alone, and stand in the variables by
    their file's name. Each opens no more than an agent of this one environment needs.

    Raises:
        PortError: a store does not answer, or refuses to give agents their rights.
        Invalid: the installation has no credentials for a store of the environment's.
    """
    stem = stem_of(environment)
    store = kv_connection(environment)
    key = kv_agent_key(
        store.url,
        key=store.key,
        organisation=environment.organisation.name,
        environment=environment.name,
    )
    key_file, token_file = folder / f"{stem}.key", folder / f"{stem}.token"
    write_secret(key_file, key)
    token = _kept_token(environment, token_file)
    return {
        "VAMP_AGENT_ORGANISATION": environment.organisation.name,
        "VAMP_AGENT_ENVIRONMENT": environment.name,
        "VAMP_AGENT_KV_URL": store.url,
        "VAMP_AGENT_KV_KEY_FILE": str(key_file),
        "VAMP_AGENT_API_TOKEN_FILE": str(token_file),
        **_metrics(environment, folder / f"{stem}.metrics"),
        **_events(environment, token, folder / f"{stem}.events"),
    }


def forget_former(environment: Environment, folder: Path) -> None:
    """Remove what agents of an environment that is gone, and had the same name, left in `folder`.

    An agent starts with what its folder says: it would serve what was deleted. Safe to repeat.
    """
    stem = stem_of(environment)
    marker = folder / f"{stem}.id"
    held = marker.read_text() if marker.exists() else str(environment.pk)
    if held != str(environment.pk):
        for path in folder.glob(f"{stem}+*"):
            shutil.rmtree(path, ignore_errors=True)
        for kind in ("key", "token", "metrics", "events"):
            (folder / f"{stem}.{kind}").unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    marker.write_text(str(environment.pk))


def stem_of(environment: Environment) -> str:
    """Return what an environment's files are called; a-b/c and a/b-c do not share a name."""
    return f"{environment.organisation.name}+{environment.name}"


def _metrics(environment: Environment, file: Path) -> Mapping[str, str]:
    """Where agents ship to by themselves; into embedded stores the API writes for them."""
    store = metrics_connection(environment)
    if Dsn.parse(store.url).scheme not in AGENT_METRICS_SCHEMES:
        return {}
    write_secret(file, with_login(store.url, store.key))
    return {"VAMP_AGENT_METRICS_URL_FILE": str(file)}


def _events(environment: Environment, token: ApiToken, file: Path) -> Mapping[str, str]:
    """Where agents hear of what was published; beside embedded streams they watch the store."""
    stream = stream_of(environment)
    if stream.is_embedded:
        return {}
    write_secret(file, events_key(environment, token))
    return {"VAMP_AGENT_EVENTS_URL": stream.url, "VAMP_AGENT_EVENTS_KEY_FILE": str(file)}


def _kept_token(environment: Environment, file: Path) -> ApiToken:
    """Let `file` hold a token for the environment's agents that the API takes, and return it."""
    held = file.read_text().strip() if file.exists() else ""
    name = f"{AGENT_TOKEN}-{environment.name}"
    tokens = ApiToken.objects.filter(agent_of=environment)
    if (found := tokens.filter(digest=ApiToken.digest_of(held)).first()) is not None:
        return found
    for lost in tokens.filter(name=name).select_related("organisation"):
        revoke_token(lost, actor=ACTOR)
    token, text = create_token(name, actor=ACTOR, agent_of=environment)
    write_secret(file, text)
    return token
