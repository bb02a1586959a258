"""Hooks of historic policies: ``{type: http, value: {url, httpRequest, headers: ["name: value"]}}``."""

from __future__ import annotations

from typing import Any

from policies.documents.notes import Notes


def converted_hooks(value: dict[str, Any], notes: Notes) -> dict[str, Any]:
    """Return today's ``hooks`` of a historic policy, empty where it has none."""
    found = {
        key: _calls(value[key], f"/{key}", notes)
        for key in ("onSuccess", "onFailure")
        if key in value
    }
    return {key: calls for key, calls in found.items() if calls}


def _calls(raw: object, place: str, notes: Notes) -> list[dict[str, Any]]:
    if not isinstance(raw, list):
        notes.fault(place, "must be a list of hooks")
        return []
    calls = [_call(hook, f"{place}/{index}", notes) for index, hook in enumerate(raw)]
    return [call for call in calls if call is not None]


def _call(hook: object, place: str, notes: Notes) -> dict[str, Any] | None:
    value = hook.get("value") if isinstance(hook, dict) else None
    if not isinstance(hook, dict) or not isinstance(value, dict) or "url" not in value:
        notes.fault(place, "a hook is written {type: http, value: {url: …}}")
        return None
    if hook.get("type", "http") != "http":
        notes.note(place, f"the hook is left out: its type {hook['type']} is not known")
        return None
    call: dict[str, Any] = {"url": value["url"], "method": value.get("httpRequest", "POST")}
    headers = dict(
        _header(line, f"{place}/value/headers", notes) for line in value.get("headers") or ()
    )
    return {**call, "headers": headers} if headers else call


def _header(line: object, place: str, notes: Notes) -> tuple[str, str]:
    name, colon, value = str(line).partition(":")
    if not colon:
        notes.fault(place, f"{line!r} is no header", "write name: value")
    return name.strip(), value.strip()
