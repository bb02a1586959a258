"""Editing a document: its text, everything wrong with it at line and column, and the difference."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from tenants.models import Environment
from tenants.pages.page import render, tell_refusal
from vamp.errors import VampError

LONGEST = 512_000
"""Characters of a document that the editor takes."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became, or would become, of a text.

    Attributes:
        before: the document as it was, empty where it is new; after: as it is now.
        address: where to go once it is saved; said: what to say then.
    """

    before: str
    after: str
    address: str
    said: str


@dataclass(frozen=True, slots=True)
class Editable:
    """A document that a page edits.

    Attributes:
        title: of the page; text: to begin with; back: where "cancel" leads.
        command: that does the same from a terminal.
        put: takes the text, saves it or, with True, only checks it.
        extra: what the page shows beside the text.
        is_read_only: the person may look at it and not change it.
    """

    title: str
    text: str
    back: str
    command: str
    put: Callable[[str, bool], Written]
    extra: dict[str, Any] = field(default_factory=dict)
    is_read_only: bool = False


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference; `kind` is ``added``, ``removed``, ``place`` or ``same``."""

    kind: str
    text: str


def edit(request: HttpRequest, environment: Environment, subject: Editable) -> HttpResponse:
    """Show the editor; preview or save what was sent."""
    text, diff = subject.text, None
    if request.method == "POST":
        text = request.POST.get("document", "")[:LONGEST].replace("\r\n", "\n")
        try:
            written = subject.put(text, "save" not in request.POST)
        except VampError as refusal:
            return _show(request, environment, subject, text, refusal=refusal)
        if "save" in request.POST:
            messages.success(request, written.said)
            return HttpResponseRedirect(written.address)
        diff = difference(written.before, written.after)
    return _show(request, environment, subject, text, diff=diff)


def difference(before: str, after: str) -> Sequence[DiffLine]:
    """Return the lines that differ with three lines around them; nothing where none does."""
    return list(_diff_lines(before, after))


def confirm_by_name(
    request: HttpRequest,
    environment: Environment,
    *,
    kind: str,
    name: str,
    goes: Sequence[str],
    back: str,
    gone: str,
    remove: Callable[[], None],
) -> HttpResponse:
    """Ask for the name to be typed before `remove` is called; say what will go.

    Args:
        request: GET asks, POST does.
        environment: where.
        kind: of the thing.
        name: to be typed.
        goes: what will be gone, a sentence each.
        back: where to go if it is refused.
        gone: where to go afterwards.
        remove: the service.
    """
    if request.method == "POST":
        if request.POST.get("name", "").strip() != name:
            messages.error(request, f"Type {name} to remove it. Nothing was removed.")
        else:
            try:
                remove()
            except VampError as refusal:
                tell_refusal(request, refusal)
                return HttpResponseRedirect(back)
            messages.success(request, f"The {kind} {name} is being removed.")
            return HttpResponseRedirect(gone)
    context = {
        "title": f"Remove {kind} {name}",
        "here": environment,
        "kind": kind,
        "name": name,
        "goes": goes,
        "back": back,
    }
    return render(request, "vamp/remove.html", context)


def _show(
    request: HttpRequest,
    environment: Environment,
    subject: Editable,
    text: str,
    *,
    diff: Sequence[DiffLine] | None = None,
    refusal: VampError | None = None,
) -> HttpResponse:
    faults = refusal.faults if refusal else ()
    context = {
        "title": subject.title,
        "here": environment,
        "text": text,
        "rows": min(40, max(14, text.count("\n") + 3)),
        "faults": faults,
        "refusal": refusal.message if refusal and not faults else "",
        "diff": diff,
        "back": subject.back,
        "command": "" if subject.is_read_only else subject.command,
        "is_read_only": subject.is_read_only,
        **subject.extra,
    }
    return render(request, "vamp/document.html", context, status=refusal.status if refusal else 200)


def _diff_lines(before: str, after: str) -> Iterator[DiffLine]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    for line in list(lines)[2:]:
        kind = {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "same")
        yield DiffLine(kind, line)
