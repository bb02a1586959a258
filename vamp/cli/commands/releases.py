"""``vamp release``: started, watched until it is over, and steered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from vamp.cli.commands.changing import DryRun
from vamp.cli.commands.reading import listed
from vamp.cli.completing import named
from vamp.cli.failure import Exit, Failure
from vamp.cli.kind import Kind
from vamp.cli.kinds import kind_named
from vamp.cli.session import Session
from vamp.cli.waiting import seconds_of, turns
from vamp.cli.wording import visible

ACTIONS: Final = {
    "pause": "Hold the release at its split.",
    "resume": "Let a paused release go on.",
    "skip": "Go on to the next step without waiting for this one.",
    "promote": "Give the target all of the traffic now.",
    "approve": "Approve the step that waits for it.",
    "abort": "Take everything back to the source.",
}
LOOK_S: Final = 1.0
FOREVER: Final = "24h"

Release = Annotated[
    str,
    typer.Argument(
        metavar="RELEASE", autocompletion=named("release"), show_default=False,
        help="GATEWAY/NUMBER, or GATEWAY alone for its newest release.",
    ),
]  # fmt: skip
Timeout = Annotated[
    str, typer.Option("--timeout", metavar="DURATION", help="Give up watching after so long.")
]


def _kind() -> Kind:
    return kind_named("release")


def list_releases(
    session: Session,
    gateway: Annotated[
        str, typer.Option(autocompletion=named("gateway"), help="Only of this gateway.")
    ] = "",
    is_open: Annotated[bool, typer.Option("--open", help="Only those that are not over.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many.")] = 50,
) -> None:
    """List releases, newest first."""
    if gateway:
        path = f"{kind_named('gateway').path(session, gateway)}/releases"
        query = {"is_over": False} if is_open else {}
        rows = list(session.api.pages(path, most=limit, **query))
    else:
        rows = listed(session, _kind(), ["is_over=false"] if is_open else [], limit)
    session.out.rows(_kind(), rows)


def show(session: Session, release: Release) -> None:
    """Tell all about one release: steps, evidence, decisions, hooks."""
    session.out.one(_kind(), session.api.get(address(session, release)))


def start(
    session: Session,
    gateway: Annotated[
        str, typer.Argument(metavar="GATEWAY", autocompletion=named("gateway"), show_default=False)
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET", help="Route or version that gets the traffic.", show_default=False
        ),
    ],
    source: Annotated[
        str, typer.Option(help="Route or version that has it; else the one with most.")
    ] = "",
    policy: Annotated[
        str, typer.Option(autocompletion=named("policy"), help="Else the gateway's own.")
    ] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Then watch it until it is over.")] = False,
    timeout: Timeout = FOREVER,
    dry_run: DryRun = False,
) -> None:
    """Start releasing a version on a gateway."""
    seconds = seconds_of(timeout)
    made = begin(session, gateway, target, source=source, policy=policy, is_dry_run=dry_run)
    name = f"{gateway}/{made['number']}"
    would = "would be " if dry_run else ""
    session.out.done(f"release {name} {would}started: {_way(made)}", made, name=f"release/{name}")
    if watch and not dry_run:
        _watch(session, name, seconds)


def begin(
    session: Session,
    gateway: str,
    target: str,
    *,
    source: str = "",
    policy: str = "",
    is_dry_run: bool = False,
) -> Any:
    """Start a release and return it.

    Raises:
        Failure: there is no such route, or the server refuses.
    """
    path = kind_named("gateway").path(session, gateway)
    routes = session.api.get(path)["document"].get("routes") or []
    body = {"target": route_of(routes, target)}
    if source:
        body["source"] = route_of(routes, source)
    if policy:
        body["policy"] = policy
    query = {"dry_run": True} if is_dry_run else {}
    return session.api.answer("POST", f"{path}/releases", body, query=query)


def route_of(routes: list[dict[str, Any]], word: str) -> str:
    """Return the name of the route that has this name or version; `word` where none has."""
    names = [route["name"] for route in routes]
    of_version = [route["name"] for route in routes if str(route.get("version", "")) == word]
    return of_version[0] if word not in names and len(of_version) == 1 else word


def address(session: Session, release: str) -> str:
    """Return the address of a release; of a gateway's newest where no number is given.

    Raises:
        Failure: the gateway never had one.
    """
    if "/" in release:
        return _kind().path(session, release)
    path = f"{kind_named('gateway').path(session, release)}/releases"
    newest = next(session.api.pages(path, most=1), None)
    if newest is None:
        raise Failure(f"{release} never had a release", Exit.NOT_FOUND)
    return f"{path}/{newest['number']}"


def watch(session: Session, release: Release, timeout: Timeout = FOREVER) -> None:
    """Watch a release until it is over, and end with its outcome.

    Exit code 0 where it succeeded, 7 where it was rolled back, aborted, or the time is over.
    """
    _watch(session, release, seconds_of(timeout))


def _watch(session: Session, release: str, seconds: float) -> None:
    path = address(session, release)
    last: dict[str, Any] = {}
    with _screen(session) as shown:
        for _ in turns(session, seconds, LOOK_S):
            found = session.api.get(path)
            shown(last, found)
            last = found
            if found["is_over"]:
                break
    if not session.out.is_for_people:
        session.out.done("", last, name=f"release/{_kind().name_of(last)}")
    if not last["is_over"]:
        raise Failure(f"not over within {seconds:g} s: {line_of(last)}", Exit.NOT_REACHED)
    if last["status"] != "succeeded":
        reason = f": {last['reason']}" if last["reason"] else ""
        message = f"release {_kind().name_of(last)} {last['status'].replace('_', ' ')}{reason}"
        raise Failure(message, Exit.NOT_REACHED)


class _screen:  # noqa: N801  a context manager, used like a function
    """Shows a release as it goes: one changing picture on a terminal, a line a change in a pipe."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._live: Any = None

    def __enter__(self) -> Callable[[dict[str, Any], dict[str, Any]], None]:
        around = self._session.around
        if around.writes_to_terminal and self._session.out.is_for_people:
            from rich.console import Console
            from rich.live import Live

            console = Console(
                file=around.stdout, width=around.width, force_terminal=True,
                no_color=not self._session.out.has_colour, highlight=False,
            )  # fmt: skip
            self._live = Live(console=console, auto_refresh=False).__enter__()
        return self._show

    def __exit__(self, *raised: Any) -> None:
        if self._live is not None:
            self._live.__exit__(*raised)

    def _show(self, before: dict[str, Any], now: dict[str, Any]) -> None:
        out = self._session.out
        if self._live is not None:
            from rich.text import Text

            self._live.update(Text("\n".join(picture(now))), refresh=True)
        elif out.is_for_people:
            for line in news(before, now):
                out.write(line + "\n")


def picture(release: dict[str, Any]) -> list[str]:
    """Return a release as it stands, a line a step, with what it waits for."""
    lines = [f"{_kind().name_of(release)}  {_way(release)}  {release['status'].replace('_', ' ')}"]
    for step in release["steps"]:
        mark = {"done": "x", "current": ">", "ahead": " "}[step["state"]]
        lines.append(f" [{mark}] {step['number']}. {step['target_weight']:>5}  {step['name']}")
        if step["state"] == "current" and not release["is_over"]:
            lines += [f"       {line}" for line in _evidence(release, step)]
    split = ", ".join(f"{route} {share}" for route, share in release["split"].items())
    lines.append(f" split: {split}")
    if release["reason"]:
        lines.append(f" {release['reason']}")
    return [visible(line) for line in lines]


def _evidence(release: dict[str, Any], step: dict[str, Any]) -> list[str]:
    newest = {}
    for evaluation in reversed(release["evaluations"]):
        if evaluation["step"] == step["number"]:
            newest[evaluation["condition"]] = evaluation["sentence"]
    return [
        f"{condition['name']}: {newest.get(condition['name']) or condition['lacking'] or 'no evidence yet'}"
        for condition in step["conditions"]
    ]


def news(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return what was decided since the release was looked at last, a line each."""
    known = len(before.get("decisions", ()))
    decisions = now["decisions"]
    lines = [
        f"{decision['at']} step {decision['step']}: {decision['status']}: {decision['sentence']}"
        for decision in decisions[known:]
    ]
    if before and not lines and (before["status"], before["step"]) != (now["status"], now["step"]):
        lines.append(line_of(now))
    if not before:
        lines.insert(0, line_of(now))
    return [visible(line) for line in lines]


def line_of(release: dict[str, Any]) -> str:
    """Return a release as one line."""
    steps = len(release["steps"])
    split = ", ".join(f"{route} {share}" for route, share in release["split"].items())
    status = release["status"].replace("_", " ")
    return f"{_kind().name_of(release)} {_way(release)}: {status}, step {release['step']} of {steps}, {split}"


def _way(release: dict[str, Any]) -> str:
    return f"{release['source_version'] or release['source']} to {release['target_version'] or release['target']}"


def acting(action: str) -> Callable[..., None]:
    """Return the command that asks for one action."""

    def act(
        session: Session,
        release: Release,
        reason: Annotated[str, typer.Option(help="Why, for the release's log.")] = "",
        step: Annotated[
            int | None,
            typer.Option(min=1, help="Refuse where it is in another step.", show_default=False),
        ] = None,
    ) -> None:
        body: dict[str, Any] = {"reason": reason}
        if step is not None:
            body["step"] = step
        changed = session.api.answer("POST", f"{address(session, release)}/{action}", body)
        name = _kind().name_of(changed)
        session.out.done(f"release {line_of(changed)}", changed, name=f"release/{name}")

    act.__doc__ = ACTIONS[action]
    return act
