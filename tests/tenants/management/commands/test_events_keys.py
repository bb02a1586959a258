from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenants.models import EventsKeyEnd
from tests.tenants.test_collectors import end_of
from vamp.models import AuditEntry


@pytest.fixture
def away(settings):
    """A server that nobody has given us the operator's keys of."""
    settings.EVENTS_URL = "nats://127.0.0.1:9"
    keys = {"events_operator_key": "", "events_system_key": ""}
    settings.VAMP = settings.VAMP.model_copy(update=keys)


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("events_keys", *arguments, stdout=out)
    return out.getvalue()


def test_events_keys__one_waits__is_listed_with_the_reason(environment, away):
    row = end_of(1, environment)

    (line,) = said().splitlines()

    assert line.startswith(f"{row.pk}  vga-1 of acme/production  since ")
    assert "VAMP_EVENTS_OPERATOR_KEY" in line


def test_events_keys__streams_are_embedded__ends_what_waited(environment, settings):
    settings.EVENTS_URL = "db:"
    end_of(1, environment)

    assert said() == ""


def test_events_keys__seen_to_by_hand__is_forgotten_and_recorded(environment, away):
    row, other = end_of(1, environment), end_of(2, environment)

    assert "vga-1" not in said("--forget", str(row.pk))

    assert EventsKeyEnd.objects.get() == other
    entry = AuditEntry.objects.using("default").get(verb="token.events_key_forgotten")
    assert (entry.organisation, entry.name) == ("acme", "vga-1")


def test_events_keys__no_such_number__says_so(environment):
    with pytest.raises(CommandError, match="no events key 77"):
        said("--forget", "77")
