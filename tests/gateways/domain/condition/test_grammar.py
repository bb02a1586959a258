from __future__ import annotations

from gateways.domain.condition.grammar import WORDS, condition_parser

SILENT = {
    "RAW",
    "QUOTED",
    "_USER_AGENT",
    "_PATH",
    "_METHOD",
    "_SOURCE",
    "HEADER",
    "PARAMETER",
    "_HAS_FIRST",
    "_MISSES_FIRST",
}
"""Terminals for which another one speaks: those that begin a comparison, and what is refused."""


def test_words__of_terminals__leave_none_out_and_name_none_that_is_not_there():
    terminals = {terminal.name for terminal in condition_parser().terminals} - {"__IGNORE_0"}

    assert terminals - SILENT == set(WORDS) - {"$END"}
