"""From the parts of an environment to the files that HAProxy reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from gateways.haproxy import cidr
from gateways.haproxy.numbers import draws_of
from gateways.haproxy.part import Part, ServerLine
from gateways.haproxy.preamble import preamble
from gateways.haproxy.settings import AssembleSettings

__all__ = ["MAP_NAMES", "AssembleSettings", "Assembled", "assemble", "map_text"]

MAP_NAMES: Final = (
    "hosts.map", "wildcards.map", "kinds.map", "nested.map", "generations.map", "layouts.map",
    "buckets.map",
)  # fmt: skip
"""Every configuration has all of them, in ``maps/`` beside it, and they may be empty."""

CHECKS: Final = (
    "check inter 30s fastinter 1s downinter 2s fall 2 rise 1"
    " observe layer4 error-limit 2 on-error fastinter"
)
"""How servers are checked: by connecting, seldom while all is well, because an environment may have
tens of thousands; two failed connections of requests in a row make the next check come at once."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """The files of one HAProxy.

    Attributes:
        config: text of ``haproxy.cfg``.
        maps: name of each of `MAP_NAMES` → its lines, key and value, ordered. HAProxy knows a map as
            ``maps/<name>``, on the runtime socket too.
    """

    config: str
    maps: Mapping[str, tuple[tuple[str, str], ...]]


def assemble(
    parts: Iterable[Part], numbers: Mapping[str, int], settings: AssembleSettings
) -> Assembled:
    """Put the environment together. The same input gives the same bytes.

    Args:
        parts: of one environment; ordered by gateway in the output.
        numbers: gateway → N, from `gateways.haproxy.numbers.placed`.
        settings: of this agent.

    Raises:
        ValueError: two parts claim the same key of a map, port or gateway, or a setting is not
            safe in a configuration.
    """
    ordered = sorted(parts, key=lambda part: part.gateway)
    _check_unique(ordered, settings)
    blocks = preamble(settings, has_names=_has_names(ordered))
    for part in ordered:
        blocks += _with_servers(part)
    maps: dict[str, dict[str, str]] = {name: {} for name in MAP_NAMES}
    for part in ordered:
        for name, entries in entries_of(part, numbers[part.gateway]).items():
            _add(name, maps[name], entries, part.gateway)
    return Assembled(
        "\n".join(blocks), {name: tuple(lines.items()) for name, lines in maps.items()}
    )


def entries_of(part: Part, number: int) -> dict[str, Mapping[str, str]]:
    """Return all that one gateway has in the maps, by map; its first draw has the given number."""
    buckets: dict[str, str] = {}
    for offset, draw in enumerate(draws_of(part)):
        buckets.update(cidr.entries(number + offset, part.layouts[draw]))
    return {**part.maps, "layouts.map": {part.gateway: str(number)}, "buckets.map": buckets}


def server_address(server: ServerLine) -> str:
    """Return ``10.0.0.7:80``, ``[fd00::7]:80`` or ``name.test:80``."""
    return (
        f"[{server.host}]:{server.port}" if ":" in server.host else f"{server.host}:{server.port}"
    )


def server_options(server: ServerLine) -> str:
    """Return what stands after a server's address, in files and in ``add server`` alike.

    A DNS name is resolved while HAProxy runs, and a name that nobody knows keeps its server down
    instead of keeping HAProxy from starting.
    """
    named = " init-addr libc,none resolvers system" if is_name(server.host) else ""
    return f"weight {server.weight} {CHECKS}{named}"


def _with_servers(part: Part) -> list[str]:
    blocks = part.sections.split("\n\n")
    return [f"{block.rstrip()}\n{_server_lines(part, block)}" for block in blocks if block]


def _server_lines(part: Part, block: str) -> str:
    word, _, rest = block.partition(" ")
    if word != "backend":
        return ""
    return "".join(
        f"    server {server.name} {server_address(server)} {server_options(server)}\n"
        for server in part.servers.get(rest.partition(" ")[0], ())
    )


def is_name(host: str) -> bool:
    """Return whether a server's host, which is known to be sound, is a DNS name, not an address."""
    return ":" not in host and not host.rpartition(".")[2].isdigit()


def _has_names(parts: Iterable[Part]) -> bool:
    return any(
        is_name(server.host)
        for part in parts
        for servers in part.servers.values()
        for server in servers
    )


def _add(name: str, lines: dict[str, str], entries: Mapping[str, str], gateway: str) -> None:
    wanted = len(lines) + len(entries)
    lines.update(entries)
    if len(lines) != wanted:
        raise ValueError(f"an entry of {name} is claimed by {gateway} and by another gateway")


def _check_unique(parts: Iterable[Part], settings: AssembleSettings) -> None:
    owners: dict[int, str] = (
        {settings.shared_port: "the shared port"} if settings.shared_port else {}
    )
    names: set[str] = set()
    for part in parts:
        if part.gateway in names:
            raise ValueError(f"two parts of gateway {part.gateway}")
        names.add(part.gateway)
        for port in part.ports:
            if port in owners:
                raise ValueError(f"port {port} is claimed by {part.gateway} and {owners[port]}")
            owners[port] = part.gateway


def map_text(lines: Iterable[tuple[str, str]]) -> str:
    """Return the text of a map file."""
    return "".join(f"{key} {value}\n" for key, value in lines)
