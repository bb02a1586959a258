"""Telling agents at once what was published. It makes things quick; nothing depends on it."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from gateways.haproxy.hint import hint_content, hint_subject
from gateways.haproxy.manifest import ManifestEntry
from tenants.connections import stream_of
from tenants.models import Environment
from vamp import streams
from vamp.errors import Invalid

log = logging.getLogger("gateways.publication")


def hint(environment: Environment, entries: Mapping[str, ManifestEntry]) -> bool:
    """Tell the environment's agents which parts were published; they hear it or not.

    Never fails and never waits. Nothing is sent where the event stream is embedded: agents on this
    machine see the store's files change.

    Args:
        environment: whose agents.
        entries: gateway → its part; empty where it is the manifest that changed.

    Returns:
        Whether anything was sent.
    """
    try:
        channel = streams.hints_of(stream_of(environment))
    except Invalid as error:
        log.warning("hint.not_sent", extra={**environment.names, "error": str(error)})
        return False
    if channel is None:
        return False
    place = (environment.organisation.name, environment.name)
    channel.send(hint_subject(*place), hint_content(entries))
    return True
