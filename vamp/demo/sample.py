"""What to try on the sample of a new installation: traffic for it, and its next version.

    python -m vamp.demo.sample traffic 127.0.0.2:8080 127.0.0.3:8080
    python -m vamp.demo.sample add 1.1.0 var/services/acme-production

Nothing here asks Vamp: a service is called by people and changed by its developers, and what Vamp
makes of both is to be seen in its own screens.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from vamp.demo.documents import (
    BROKEN,
    FIRST,
    HOST,
    SERVICE,
    DemoVersion,
    demo_version,
    services_document,
    write_definition,
)
from vamp.demo.ledger import Ledger
from vamp.demo.traffic import Load, Traffic
from vamp.demo.view import Frame, View, view_for

SCREEN_S: Final = 0.25
KEPT_RECORDS: Final = 1_000
"""Requests that are remembered singly: whoever leaves traffic on shall not run out of memory."""

app = typer.Typer(
    help="Try things on the sample service of a new installation.",
    add_completion=False,
    pretty_exceptions_enable=False,
)


class NotOurs(Exception):
    """The folder does not hold the sample as it was made; the text says what to do instead."""


def send_traffic(
    agents: Sequence[tuple[str, int]],
    view: View,
    *,
    rate: float,
    seconds: float,
    clock_s: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Ledger:
    """Send the demonstration's mix of visitors, users and testers, and show what comes back.

    Args:
        agents: host and port of each.
        view: shown the traffic several times a second.
        rate: requests a second.
        seconds: ends by itself after so long; 0 for never.
        clock_s: rising seconds.
        sleep: waits so many seconds.

    Returns:
        What was sent; the last `KEPT_RECORDS` requests singly.
    """
    ledger = Ledger(kept=KEPT_RECORDS)
    traffic = Traffic(agents, HOST, ledger, Load(rate=rate))
    place = ", ".join(f"{host}:{port}" for host, port in agents)
    end = clock_s() + seconds if seconds else float("inf")
    traffic.start()
    try:
        while clock_s() < end:
            view.show(Frame(place, ledger.recent(), None))
            sleep(SCREEN_S)
    finally:
        traffic.stop()
    return ledger


def add_version(folder: Path, version: str, fail_share: float) -> None:
    """Let `version` of the sample run beside what runs in `folder`.

    Args:
        folder: of the local scheduler.
        version: its label; one that is there is replaced.
        fail_share: share of requests that it fails, from 0 to 1.

    Raises:
        NotOurs: there is no sample, or it was written anew by hand; nothing is changed.
    """
    document = _document(folder / "services.yaml")
    added = json.loads(services_document([DemoVersion(version, fail_share)]))
    _versions(document).update(_versions(added))
    write_definition(folder, json.dumps(document, indent=2) + "\n")


def versions_in(folder: Path) -> Sequence[str]:
    """Return the versions of the sample that the scheduler's `folder` says to run.

    Raises:
        NotOurs: there is no sample, or it was written anew by hand.
    """
    return list(_versions(_document(folder / "services.yaml")))


def _document(path: Path) -> Any:
    try:
        document = json.loads(path.read_text())
        _versions(document).items()
    except OSError as error:
        raise NotOurs(f"there is no sample: {path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotOurs(
            f"{path} is not as it was made: add the version there by hand, as {FIRST} stands in it"
        ) from None
    return document


def _versions(document: Any) -> dict[str, Any]:
    found: dict[str, Any] = document["services"][SERVICE]["versions"]
    return found


@app.command("traffic")
def traffic_command(
    agents: Annotated[list[str], typer.Argument(metavar="ADDRESS:PORT", help="Of every agent.")],
    rate: Annotated[float, typer.Option(min=1, max=2_000, help="Requests a second.")] = 160,
    seconds: Annotated[float, typer.Option(min=0, help="End after so long; 0 for Ctrl-C.")] = 0,
) -> None:
    """Call the sample as its users would, until Ctrl-C; some of them are testers."""
    places = [_place(each) for each in agents]
    try:
        with view_for(Console()) as view:
            send_traffic(places, view, rate=rate, seconds=seconds)
    except KeyboardInterrupt:
        return


def _place(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise typer.BadParameter(f"{text} is no address with a port, such as 127.0.0.2:8080")
    return host, int(port)


@app.command("add")
def add_command(
    version: Annotated[str, typer.Argument(help=f"Such as 1.1.0; {BROKEN} is a broken one.")],
    folder: Annotated[Path, typer.Argument(help="Folder of the local scheduler.")],
    fail: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Share of requests that it fails.", show_default=False),
    ] = None,
) -> None:
    """Start one more version of the sample; Vamp finds it, and a release begins by itself."""
    share = demo_version(version).fail_share if fail is None else fail
    try:
        add_version(folder, version, share)
    except NotOurs as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None
    failing = f", which fails {share:.0%} of its requests" if share else ""
    typer.echo(f"{SERVICE} {version} starts{failing}")


def main() -> None:
    """Run the command that the arguments name."""
    app(prog_name=f"{Path(sys.executable).name} -m vamp.demo.sample")


if __name__ == "__main__":
    main()
