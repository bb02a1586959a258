"""What HAProxy has, compared with what it should have."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.agent.replay import as_live, map_repairs, parse_map, parse_servers
from gateways.haproxy.part import Part, ServerLine

KEYS = st.sampled_from(["a", "b", "c", "d"])
ENTRIES = st.lists(st.tuples(KEYS, st.sampled_from(["1", "2"])), max_size=8)

STATE = """\
1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight \
srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state \
srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl \
srv_check_port srv_check_addr srv_agent_addr srv_agent_port
3 shop:a 1 i-1 10.0.0.1 2 0 100 100 1 1 0 2 0 0 0 0 - 8080 - 0 0 - - 0
3 shop:a 2 i-2 10.0.0.2 0 1 50 100 0 1 0 0 0 0 0 0 - 8080 - 0 0 - - 0
4 shop:b 1 i-3 10.9.9.9 2 0 100 100 1 1 0 2 0 0 0 0 legacy.test 80 - 0 0 - - 0
"""


def played(live: list[tuple[str, str]], commands: list[str]) -> list[tuple[str, str]]:
    """Do to a list what HAProxy does to a map."""
    for command in commands:
        verb, _, _, key, *value = command.split()
        if verb == "add":
            live = [*live, (key, value[0])]
        elif verb == "set":
            assert any(k == key for k, _ in live), command
            live = [(k, value[0] if k == key else v) for k, v in live]
        else:
            assert any(k == key for k, _ in live), command
            live = [(k, v) for k, v in live if k != key]
    return live


@settings(max_examples=200, deadline=None)
@given(ENTRIES, st.dictionaries(KEYS, st.sampled_from(["1", "2"])))
def test_map_repairs__any_map__becomes_the_wanted_one(live, wanted):
    additions, changes, removals = map_repairs("m.map", live, wanted.items())

    assert sorted(played(live, additions + changes + removals)) == sorted(wanted.items())


def test_map_repairs__nothing_differs__is_empty():
    assert map_repairs("m.map", [("a", "1")], [("a", "1")]) == ([], [], [])


def test_parse_map__addresses_and_blank_lines__are_left_out():
    assert parse_map("0x5581 a 1\n0x5582 b 2 3\n\n") == [("a", "1"), ("b", "2 3")]


def test_as_live__servers_differ__shows_them_and_wakes_the_sleeping():
    part = Part(
        "shop",
        1,
        "",
        servers={
            "shop:a": (ServerLine("i-2", "10.0.0.2", 8080, 50), ServerLine("i-9", "10.0.0.9", 1)),
            "shop:b": (ServerLine("i-3", "legacy.test", 80),),
        },
    )

    seen, wake = as_live({"shop": part}, parse_servers(STATE))

    assert seen["shop"].servers["shop:a"] == (
        ServerLine("i-2", "10.0.0.2", 8080, 50),
        ServerLine("i-1", "10.0.0.1", 8080),
    )
    assert seen["shop"].servers["shop:b"] == part.servers["shop:b"]
    assert wake == ["set server shop:a/i-2 state ready"]
