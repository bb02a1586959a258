"""Numbers, times, events and audit entries in the words of the model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

_SPANS: Final = (
    (timedelta(days=365), "year"),
    (timedelta(days=30), "month"),
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
    (timedelta(seconds=1), "second"),
)
_SUBJECTS: Final = ("gateway", "policy", "service", "agent", "name")


def ago(moment: datetime, now: datetime) -> str:
    """Return ``3 minutes ago``, ``in 2 hours`` or ``just now``."""
    length = abs(now - moment)
    for span, word in _SPANS:
        count = length // span
        if count:
            words = f"{count} {word}{'' if count == 1 else 's'}"
            return f"{words} ago" if moment <= now else f"in {words}"
    return "just now"


def rate(per_second: float | None) -> str:
    """Return requests a second with sensible digits: ``120``, ``3.4``, ``0.05``; a dash for None."""
    if per_second is None:
        return "–"
    if per_second >= 100 or per_second == int(per_second):
        return f"{per_second:,.0f}"
    return f"{per_second:.1f}" if per_second >= 1 else f"{per_second:.2g}"


def ratio(share: float | None) -> str:
    """Return a share from 0 to 1 as percent; more digits the closer it is to 100 %."""
    if share is None:
        return "–"
    percent = share * 100
    if percent in (0, 100):
        return f"{percent:.0f}%"
    digits = 2 if percent > 99 or percent < 1 else 1
    # 99.999 % must not be shown as 100 %: something did fail.
    shown = min(percent, 99.99) if percent > 99 else max(percent, 0.01)
    return f"{shown:.{digits}f}%"


def milliseconds(value: float | None) -> str:
    """Return a latency: ``0.8 ms``, ``182 ms``, ``1.3 s``."""
    if value is None:
        return "–"
    if value >= 1000:
        return f"{value / 1000:.1f} s"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def event_words(subject: str, payload: Mapping[str, Any]) -> str:
    """Return what an event says: ``Weights of shop changed``, ``Version 1.1.0 of shop appeared``."""
    thing, past = subject.split(".")[-2:]
    names = [str(payload[key]) for key in _SUBJECTS if payload.get(key)]
    name = names[0] if names else ""
    past = past.replace("_", " ").replace("-", " ")
    if several := payload.get("gateways"):
        who = (
            f"{payload['agent']} " if "agent" in payload else "Vamp " if thing == "gateway" else ""
        )
        return (
            f"{who}{past} {_listed(several)}"
            if who
            else f"{thing.capitalize()} behind {_listed(several)} {past}"
        )
    if thing == "version":
        return f"Version {payload.get('version', '')} of {payload.get('service', name)} {past}"
    if thing in {"weights", "instances", "route", "step"}:
        what = (
            f"{thing.capitalize()} {payload['route']}" if "route" in payload else thing.capitalize()
        )
        return f"{what} of {name} {past}" if name else f"{what} {past}"
    if thing == "release" and payload.get("release"):
        reason = payload.get("reason")
        told = f"Release {payload['release']} of {name} {past}"
        return f"{told}: {reason}" if reason else told
    return f"{thing.replace('_', ' ').capitalize()} {name} {past}".replace("  ", " ")


def _listed(names: Collection[str]) -> str:
    shown = ", ".join(sorted(names)[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


_DEEDS: Final = {
    "session.opened": "logged in",
    "session.closed": "logged out",
    "login.failed": "failed to log in",
    "token.refused": "was refused with a token that is not good",
    "access.denied": "was refused {}",
    "audit.exported": "exported the audit trail of {}",
    "audit.pruned": "forgot old entries of the audit trail of {}",
    "audit.key_rotated": "turned over the key that signs the audit trail",
    "audit.key_dropped": "dropped old keys of the audit trail",
    "shell.opened": "opened a shell of Python at a terminal",
    "dbshell.opened": "opened a shell of the database at a terminal",
    "lock.lifted": "lifted the lock of {}",
    "task.sent_again": "had the task {} done again",
    "task.dropped": "took the failed task {} off the list",
    "audit.acknowledged": "let sealing go on in the database {}",
}
_SECRET_DEEDS: Final = {"secret set": "set a secret", "secret forgotten": "removed a secret"}


def audit_words(verb: str, name: str) -> str:
    """Return what somebody did: ``changed the weights of shop``, ``created the gateway shop``."""
    if verb in _DEEDS:
        return _DEEDS[verb].format(name)
    thing, _, past = verb.partition(".")
    past = past.replace("_", " ").replace("-", " ")
    if thing == "weights":
        return f"{past} the weights of {name}"
    secret = _SECRET_DEEDS.get(past)
    if secret:
        return f"{secret} of the {thing} {name}"
    return f"{past or 'did'} the {thing.replace('_', ' ')} {name}".strip()
