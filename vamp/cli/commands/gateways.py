"""``vamp gateway``: who gets how much, and whether it is live."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from vamp.cli.commands.changing import DryRun
from vamp.cli.completing import named
from vamp.cli.failure import misused
from vamp.cli.kind import Kind
from vamp.cli.kinds import kind_named
from vamp.cli.session import Session
from vamp.cli.waiting import seconds_of, wait_until
from vamp.cli.wording import counted

Name = Annotated[
    str,
    typer.Argument(metavar="GATEWAY", autocompletion=named("gateway"), show_default=False),
]
Timeout = Annotated[
    str, typer.Option("--timeout", metavar="DURATION", help="Wait at most so long: 90s, 5m.")
]


def _gateway() -> Kind:
    return kind_named("gateway")


def weights(
    session: Session,
    name: Name,
    shares: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ROUTE=SHARE]",
            show_default=False,
            help="Route or version, and its share in percent: `1.0.0=90 1.1.0=10`.",
        ),
    ] = None,
    dry_run: DryRun = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is live.")] = False,
    timeout: Timeout = "60s",
) -> None:
    """Show the shares of a gateway's routes, or set them.

    Routes that are not named keep their share, and all shares make 100 % in the end; so of two
    routes one is enough. The change is refused where somebody else was faster.
    """
    seconds = seconds_of(timeout)
    path = f"{_gateway().path(session, name)}/weights"
    if not shares:
        session.out.value(session.api.get(path)) if not session.out.is_for_people else _told(
            session, session.api.get(path)
        )
        return
    row = session.api.get(_gateway().path(session, name))
    wanted = shares_of(row, shares)
    changed = session.api.answer(
        "PUT", path, wanted, query={"dry_run": True} if dry_run else {}, revision=row["revision"]
    )
    if session.out.is_for_people:
        session.out.say("this would be the split:" if dry_run else f"{name} is changed:")
    _told(session, wanted) if session.out.is_for_people else session.out.done(
        "", changed, name=name
    )
    if wait and not dry_run:
        _wait(session, name, seconds)


def _told(session: Session, shares: dict[str, str]) -> None:
    longest = max(map(len, shares), default=0)
    for route, share in shares.items():
        session.out.write(f"{route.ljust(longest)}  {share}\n")


def shares_of(gateway: dict[str, Any], words: list[str]) -> dict[str, str]:
    """Return route → share for all routes of a gateway.

    Args:
        gateway: as the API shows it.
        words: ``ROUTE=SHARE``, with a route's name or its version.

    Raises:
        Failure: a route is not there, a share is none, or they do not make 100 %.
    """
    routes = gateway["document"].get("routes") or []
    held = {route["name"]: _hundredths(str(route.get("weight", "0%"))) for route in routes}
    wanted: dict[str, int] = {}
    for word in words:
        route, equals, share = word.partition("=")
        if not equals:
            raise misused(f"{word}: ROUTE=SHARE is wanted, such as 1.1.0=10")
        wanted[_route_named(routes, route)] = _hundredths(share)
    left_over = [name for name in held if name not in wanted]
    rest = 10_000 - sum(wanted.values())
    if len(left_over) == 1:
        wanted[left_over[0]] = rest
    shares = {name: wanted.get(name, weight) for name, weight in held.items()}
    total = sum(shares.values())
    if total != 10_000 or min(shares.values(), default=0) < 0:
        raise misused(f"the shares make {_percent(total)}, not 100%")
    return {name: _percent(weight) for name, weight in shares.items()}


def _route_named(routes: list[dict[str, Any]], word: str) -> str:
    if any(route["name"] == word for route in routes):
        return word
    found = [route["name"] for route in routes if str(route.get("version", "")) == word]
    if len(found) == 1:
        return str(found[0])
    known = ", ".join(route["name"] for route in routes) or "none"
    is_many = f"{word} is the version of {counted(len(found), 'route')}" if found else ""
    raise misused(f"{is_many or f'there is no route {word}'}; there are: {known}")


def _hundredths(share: str) -> int:
    try:
        return round(float(share.removesuffix("%")) * 100)
    except ValueError:
        raise misused(f"{share} is no share in percent") from None


def _percent(hundredths: int) -> str:
    return f"{hundredths / 100:g}%"


def wait(session: Session, name: Name, timeout: Timeout = "60s") -> None:
    """Wait until every live agent serves what the gateway shall be.

    Exit code 7 where it is not so in time.
    """
    _wait(session, name, seconds_of(timeout))


def _wait(session: Session, name: str, seconds: float) -> None:
    found: dict[str, Any] = {}

    def look() -> tuple[bool, str]:
        found.update(session.api.get(f"{_gateway().path(session, name)}/status"))
        return bool(found["is_live"]), sentence(name, found)

    said = wait_until(session, look, timeout_s=seconds)
    session.out.done(said, found, name=f"gateway/{name}")


def sentence(name: str, liveness: dict[str, Any]) -> str:
    """Return how far a gateway's newest definition has come."""
    if liveness["is_live"]:
        return f"{name} is live at generation {liveness['desired']}"
    if liveness["published"] < liveness["desired"]:
        return (
            f"{name} is at generation {liveness['desired']}, published is {liveness['published']}"
        )
    if not liveness["agents"]:
        return f"{name} is published, but no agent is live"
    behind = ", ".join(liveness["behind"]) or "none"
    return f"{name} is served by {liveness['applied']} of {counted(liveness['agents'], 'agent')}; behind: {behind}"


def status(session: Session, name: Name) -> None:
    """Show what is desired, published, and served by each agent."""
    found = session.api.get(f"{_gateway().path(session, name)}/status")
    session.out.done(sentence(name, found), found, name=f"gateway/{name}")


def traffic(
    session: Session,
    name: Name,
    window: Annotated[str, typer.Option(metavar="DURATION", help="How far to look back.")] = "5m",
) -> None:
    """Show counts, rates, ratios and latencies of a gateway and its routes."""
    found = session.api.get(f"{_gateway().path(session, name)}/traffic", window=window)
    session.out.one(_gateway(), {"name": name, **found})
