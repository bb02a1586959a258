"""Selectors: the language in which a gateway says which discovered targets are its own."""

from __future__ import annotations

from gateways.domain.selector.ast import Selector, render_selector
from gateways.domain.selector.matching import SelectorTarget, group_key, select
from gateways.domain.selector.parse import parse_selector

__all__ = [
    "Selector",
    "SelectorTarget",
    "group_key",
    "parse_selector",
    "render_selector",
    "select",
]
