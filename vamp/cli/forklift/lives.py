"""``forklift archive``, ``restore`` and ``clone``: what becomes of tenants beside deletion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Optional

import typer

from vamp.cli.completing import Completion, named
from vamp.cli.kinds import kind_named
from vamp.cli.session import Session

Environment = Annotated[
    str, typer.Argument(metavar="NAME", autocompletion=named("environment"), show_default=False)
]


def archiving(noun: str) -> Callable[..., None]:
    """Return the command that archives a thing of a noun."""
    text = "Let nothing change in {} until it is restored."
    return _asking(noun, "archive", "archived", text, named(noun))


def restoring(noun: str) -> Callable[..., None]:
    """Return the command that restores an archived thing of a noun."""
    text = "Let {} change again, which was archived."
    return _asking(noun, "restore", "restored", text, named(noun, state="archived"))


def _asking(
    noun: str, verb: str, done: str, text: str, completion: Completion
) -> Callable[..., None]:
    kind = kind_named(noun)
    argument = Annotated[
        str, typer.Argument(metavar="NAME", autocompletion=completion, show_default=False)
    ]

    def ask(session: Session, name: argument) -> None:
        session.api.answer("POST", f"{kind.path(session, str(name))}/{verb}")
        session.out.done(f"{noun} {name} {done}", name=f"{noun}/{name}")

    ask.__doc__ = text.format(f"an {noun}")
    ask.__annotations__ = {"session": Session, "name": argument, "return": None}
    return ask


def clone(
    session: Session,
    name: Environment,
    new: Annotated[
        str, typer.Argument(metavar="NEW", help="Name of the clone.", show_default=False)
    ],
    namespace: Annotated[
        Optional[str],  # noqa: UP045  (typer reads it)
        typer.Option(show_default=False, help="Of the cluster; no two environments share one."),
    ] = None,
    title: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(show_default=False, help="For people."),
    ] = None,
    with_secrets: Annotated[
        bool,
        typer.Option("--with-secrets", help="Copy secrets too, where the stores are the same."),
    ] = False,
) -> None:
    """Make an environment like another one, with its gateways and policies."""
    flags = {"namespace": namespace, "title": title, "with_secrets": with_secrets or None}
    body = {"name": new, **{key: value for key, value in flags.items() if value is not None}}
    path = f"{kind_named('environment').path(session, name)}/clone"
    made: dict[str, Any] = session.api.answer("POST", path, body)
    for note in made.get("notes") or []:
        session.out.say(f"note: {note}")
    if missing := made.get("secrets_missing"):
        session.out.say(f"note: secrets that must be set: {', '.join(missing)}")
    session.out.done(f"environment {new} made like {name}", made, name=f"environment/{new}")
