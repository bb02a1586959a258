"""The canonical form of a policy document: reading what is written here gives the same document."""

from __future__ import annotations

from typing import Any, Final

import yaml

from policies.documents.model import PolicyDocument
from vamp.documents.scalars import plain_value

_FIRST: Final = ("kind", "name", "title", "description", "metric", "operator", "baseline")


def canonical(document: PolicyDocument) -> dict[str, Any]:
    """Return the document as JSON values without what is only a default, names first."""
    value = document.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude_defaults=True
    )
    for step in value["steps"]:
        step["conditions"] = [_names_first(condition) for condition in step["conditions"]]
    return _names_first(value)


def _names_first(value: dict[str, Any]) -> dict[str, Any]:
    return {key: value[key] for key in (*_FIRST, *value) if key in value}


def written(document: PolicyDocument) -> str:
    """Return the document as YAML."""
    text: str = yaml.dump(
        canonical(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    return text


class _Dumper(yaml.SafeDumper):
    """Quotes all that the strict reader would take for something other than text."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _is_ambiguous(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _is_ambiguous(text: str) -> bool:
    try:
        return plain_value(text) != text
    except ValueError:
        return True


_Dumper.add_representer(str, _text)
