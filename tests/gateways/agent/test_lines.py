"""Frames taken apart, and the fields that are counted."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.agent.lines import FramingLost, parse_lines, split_events, split_frames

HTTP = (
    b'{"gw":["shop","other"],"rt":["stable","only"],"gn":"7","ci":"127.0.0.1","cp":4000,'
    b'"t":"23/Nov/2026:15:46:18.550","ft":"_shared","b":"other:only","s":"i-1","Tq":3,"Tw":0,"Tc":1,'
    b'"Tr":5,"Tt":12,"ST":200,"B":1234,"CC":"-","CS":"-","tsc":"----","ac":1,"fc":1,"bc":0,"sc":0,'
    b'"rc":0,"sq":0,"bq":0,"hr":"","hs":"","r":"GET /a\\"b HTTP/1.1"}'
)
TCP = (
    b'{"gw":["db"],"rt":["only"],"gn":"7","ci":"::1","cp":4000,"t":"23/Nov/2026:15:46:18.550",'
    b'"ft":"db","b":"db:only","s":"<NOSRV>","Tw":-1,"Tc":-1,"Tt":12,"B":0,"ts":"SC","ac":1,"fc":1,'
    b'"bc":0,"sc":0,"rc":0,"sq":0,"bq":0}'
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=20), st.lists(st.integers(1, 50), max_size=40))
def test_split_frames__cut_anywhere__gives_every_message_once(messages, cuts):
    stream = b"".join(b"%d %s" % (len(message), message) for message in messages)
    found, rest = [], b""

    for length in [*cuts, len(stream)]:
        piece, stream = stream[:length], stream[length:]
        more, rest = split_frames(rest + piece)
        found += more

    assert (found, rest) == (messages, b"")


@pytest.mark.parametrize("text", [b"x 1", b"12345678 a", b" 3 abc", b"1a 3"])
def test_split_frames__no_length_where_one_should_be__is_lost(text):
    with pytest.raises(FramingLost):
        split_frames(text)


def test_split_events__unfinished_line__is_kept():
    assert split_events(b"one\n\ntwo\nthr") == ([b"one", b"two"], b"thr")


def test_parse_lines__http_and_tcp__take_what_is_counted():
    lines, unreadable = parse_lines([HTTP, TCP, b"Server a/b is UP."])

    assert unreadable == 0
    assert lines == [
        (b'shop","other', b'stable","only', b"23/Nov/2026:15:46:18", b"550", b"3", b"12", b"200",
         b"1234", b"-"),
        (b"db", b"only", b"23/Nov/2026:15:46:18", b"550", b"0", b"12", b"0", b"0", b"S"),
    ]  # fmt: skip


@pytest.mark.parametrize("line", [HTTP, TCP])
def test_parse_lines__fields_in_another_order__are_read_the_same(line):
    fields = json.loads(line)
    turned = json.dumps(dict(reversed(fields.items()))).encode()

    assert parse_lines([turned]) == parse_lines([line])


@pytest.mark.parametrize("line", [b"{", b'{"gw":["a"]}', b'{"gw":1,"rt":2}', b"{\xff}"])
def test_parse_lines__torn_line__is_counted_as_unreadable(line):
    assert parse_lines([line, HTTP])[1] == 1
