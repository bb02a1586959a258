"""Batches of commands, and which of them were refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.agent.runtime import (
    BATCH_BYTES,
    CommandSocket,
    RuntimeUnavailable,
    batches,
    refused,
)

COMMANDS = st.lists(st.text("abc /", min_size=1, max_size=4_000), max_size=30)


@settings(max_examples=50, deadline=None)
@given(COMMANDS)
def test_batches__any_commands__keep_all_in_order_under_the_limit(commands):
    found = list(batches(commands))

    assert [command for group in found for command in group] == [f"{c}\n" for c in commands]
    assert all(len("".join(group)) <= BATCH_BYTES or len(group) == 1 for group in found)


def test_refused__worker_refuses_the_second_of_three__names_it():
    commands = ["set map m a 5\n", "set map m zz 5\n", "add map m <<\nc 3\nd 4\n\n"]
    answer = "\n> \n> entry not found.\n\n> + + + \n> "

    assert refused(commands, answer, skip=1) == [("set map m zz 5\n", "entry not found.")]


def test_refused__through_the_master__skips_the_choice_of_the_worker():
    commands = ["add map m <<\nx 1\n\n", "set map m a 7\n", "set map m nono 7\n"]
    answer = "master> 13039> + + \n13039> \n13039> entry not found.\n\n13039> 13039> "

    assert refused(commands, answer, skip=2) == [("set map m nono 7\n", "entry not found.")]


def test_refused__connection_ended_early__counts_as_refused():
    assert refused(["set map m a 7\n"], "", skip=1) == [("set map m a 7\n", "no answer")]


def test_ask__nobody_listens__is_unavailable(tmp_path: Path):
    with pytest.raises(RuntimeUnavailable):
        CommandSocket(tmp_path / "none.sock").ask("show info")
