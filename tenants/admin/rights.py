"""A form's field for rights: a box for each, by kind, and lines for patterns over several kinds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from tenants.domain.rights import ALL, VERBS

LINES = "_lines"
"""Ends the name of the text field beside the boxes."""
_BOXES = frozenset({*ALL, *(f"{kind}.*" for kind in VERBS)})


class RightsInput(forms.Widget):
    """Boxes and lines; both are plain fields, so that it works without JavaScript."""

    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """Return the rights that are ticked, then those of the lines, each once."""
        lines = data.get(f"{name}{LINES}", "").splitlines()
        sent = [*data.getlist(name), *(line.strip() for line in lines)]
        return [*dict.fromkeys(right for right in sent if right)]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False  # no box ticked and no line is an empty list

    def render(
        self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        held = list(value or ())
        kinds = [
            (kind, [(f"{kind}.{verb}", verb, f"{kind}.{verb}" in held) for verb in (*verbs, "*")])
            for kind, verbs in VERBS.items()
        ]
        shown = {
            "name": name,
            "lines_name": f"{name}{LINES}",
            "kinds": kinds,
            "lines": "\n".join(right for right in held if right not in _BOXES),
        }
        return render_to_string("vamp/parts/rights.html", shown)


class RightsField(forms.Field):
    """Takes rights as a list; the service says which of them are none."""

    widget = RightsInput

    def has_changed(self, initial: Iterable[str] | None, data: Iterable[str] | None) -> bool:
        return set(initial or ()) != set(data or ())
