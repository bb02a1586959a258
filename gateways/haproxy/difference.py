"""From one placement to the next: commands for the runtime socket, or the need of a reload."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateways.haproxy.assemble import entries_of, is_name, server_address, server_options
from gateways.haproxy.numbers import Placement
from gateways.haproxy.part import Part, ServerLine

LONGEST_COMMAND_BYTES: Final = 15_000
"""HAProxy reads a command into one buffer of 16,384 bytes (``tune.bufsize``)."""

_ADDITIVE: Final = ("buckets.map", "nested.map")
"""Maps whose new keys nothing asks for before a gateway is flipped."""


@dataclass(frozen=True, slots=True)
class Change:
    """What turns a running HAProxy into the wanted one.

    Send the commands of each step in order, one connection or several; `is_refusal` tells answers
    that mean trouble. Where `needs_reload` is set the commands are empty: write the files, reload.

    Attributes:
        needs_reload: sections or ports changed, or a server that cannot be added at run time.
        servers: first: new and changed servers.
        ranges: then: entries of maps that nothing asks for yet.
        flips: then: one line per gateway changes it from old to new, atomically; hosts, kinds and
            generations with it.
        cleanup: last: what nothing asks for any more. It may be sent a little later, and must be
            sent before the next change. ``del server`` is refused while connections to the server
            are open; send it again later.
    """

    needs_reload: bool
    servers: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    flips: tuple[str, ...] = ()
    cleanup: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether the two are the same to HAProxy."""
        return not (self.needs_reload or self.commands)

    @property
    def commands(self) -> tuple[str, ...]:
        """All commands in their order."""
        return self.servers + self.ranges + self.flips + self.cleanup


@dataclass(slots=True)
class _Steps:
    servers: list[str] = field(default_factory=list)
    added: dict[str, list[str]] = field(default_factory=dict)
    flips: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)


def difference(old: Placement, new: Placement) -> Change:
    """Return what changes between two placements; `new` was made with ``placed(…, before=old)``.

    Each command is at most `LONGEST_COMMAND_BYTES` long and ends with a newline; additions to a map
    are many in one command. Cost: parts that are the same object cost next to nothing.
    """
    steps = _Steps()
    for name in sorted(old.parts.keys() | new.parts.keys()):
        before, after = old.parts.get(name), new.parts.get(name)
        if before is after and old.numbers[name] == new.numbers[name]:
            continue
        if _is_structural(before, after):
            return Change(needs_reload=True)
        _servers(before, after, steps)
        _maps(_entries(old, before), _entries(new, after), steps)
    return Change(
        needs_reload=False,
        servers=_lines(steps.servers),
        ranges=tuple(_additions(steps.added)),
        flips=_lines(steps.flips),
        cleanup=_lines(steps.removed + steps.leaving),
    )


def _lines(commands: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{command}\n" for command in commands)


def _is_structural(before: Part | None, after: Part | None) -> bool:
    empty = ("", (), frozenset[str]())
    was = (before.sections, before.ports, before.servers.keys()) if before else empty
    will = (after.sections, after.ports, after.servers.keys()) if after else empty
    return was != will or _gains_name(before, after)


def _gains_name(before: Part | None, after: Part | None) -> bool:
    """Whether a server is new or changed that is given by DNS name: those need a reload."""
    if before is None or after is None:
        return False
    return any(
        is_name(server.host) and server not in before.servers[backend]
        for backend, servers in after.servers.items()
        for server in servers
    )


def _servers(before: Part | None, after: Part | None, steps: _Steps) -> None:
    if before is None or after is None:
        return
    for backend, servers in after.servers.items():
        if servers == before.servers[backend]:
            continue
        was = {server.name: server for server in before.servers[backend]}
        for server in servers:
            steps.servers += _server(f"{backend}/{server.name}", was.pop(server.name, None), server)
        for name in was:
            place = f"{backend}/{name}"
            steps.servers.append(f"set server {place} state maint")
            steps.leaving.append(f"del server {place}")


def _server(place: str, before: ServerLine | None, after: ServerLine) -> Iterator[str]:
    """Yield what makes a server be as wanted, whatever was left of it."""
    if before is None:
        yield f"add server {place} {server_address(after)} {server_options(after)}"
        # A namesake may still wait in maintenance for its last connection to end.
        yield f"set server {place} addr {after.host} port {after.port}"
        yield f"set server {place} weight {after.weight}"
        yield f"enable health {place}"
        yield f"set server {place} state ready"
        return
    if (before.host, before.port) != (after.host, after.port):
        yield f"set server {place} addr {after.host} port {after.port}"
    if before.weight != after.weight:
        yield f"set server {place} weight {after.weight}"


def _entries(placement: Placement, part: Part | None) -> Mapping[str, Mapping[str, str]]:
    return {} if part is None else entries_of(part, placement.numbers[part.gateway])


def _maps(
    was: Mapping[str, Mapping[str, str]], will: Mapping[str, Mapping[str, str]], steps: _Steps
) -> None:
    for name in sorted(was.keys() | will.keys(), key=lambda name: (name != "layouts.map", name)):
        before, after = was.get(name, {}), will.get(name, {})
        added = [f"{key} {value}" for key, value in after.items() if key not in before]
        if name in _ADDITIVE:
            steps.added.setdefault(name, []).extend(added)
        else:
            steps.flips += (f"add map maps/{name} {line}" for line in added)
        steps.flips += (
            f"set map maps/{name} {key} {value}"
            for key, value in after.items()
            if before.get(key, value) != value
        )
        steps.removed += (f"del map maps/{name} {key}" for key in before if key not in after)


def _additions(added: dict[str, list[str]]) -> Iterator[str]:
    """Yield ``add map`` with many entries each; an empty line ends a command."""
    for name, lines in added.items():
        start = f"add map maps/{name} <<\n"
        text = start
        for line in lines:
            if len(text) + len(line) + 2 > LONGEST_COMMAND_BYTES:
                yield f"{text}\n"
                text = start
            text += f"{line}\n"
        if text != start:
            yield f"{text}\n"


_ACCEPTED: Final = (
    "New server registered.",
    "Server deleted.",
    "Already exists a server with the same name in backend.",
    "Server still has connections attached to it, cannot remove it.",
)


def is_refusal(answer: str) -> bool:
    """Return whether an answer to commands of a `Change` says that one of them did not work.

    HAProxy reports some successes in words, such as ``weight changed``; what is there already or
    is still in use is dealt with by the commands that follow, or by sending them again.
    """
    lines = (line.strip() for line in answer.splitlines())
    return any(
        line
        and line not in _ACCEPTED
        and not line.startswith("no need to change")
        and " changed from '" not in line
        for line in lines
    )
