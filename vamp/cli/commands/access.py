"""``vamp auth`` and ``vamp context``: who asks, where, and what he may."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from vamp.cli.client import Api, path_of
from vamp.cli.completing import contexts
from vamp.cli.contexts import Context
from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.kind import Column
from vamp.cli.kinds import kind_named
from vamp.cli.session import Session, address_of, secret_in
from vamp.cli.wording import moment

ContextName = Annotated[
    str, typer.Argument(metavar="CONTEXT", autocompletion=contexts, show_default=False)
]
_COLUMNS = (
    Column("", "is_current"), Column("NAME", "name"), Column("SERVER", "server"),
    Column("ORGANISATION", "organisation"), Column("ENVIRONMENT", "environment"),
    Column("TOKEN", "token"),
)  # fmt: skip

MOST_OFFERED = 5
"""So many environments are named to whoever logs in without saying one."""


def login(
    session: Session,
    token: Annotated[
        str | None,
        typer.Option(
            help="Text of an API token. Others of this machine may see it: rather leave it out.",
            show_default=False,
        ),
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="File that holds the token.", show_default=False)
    ] = None,
    name: Annotated[
        str, typer.Option(help="Name of the context; else made of the address.", show_default=False)
    ] = "",
) -> None:
    """Keep a token for an installation, once it is known to work.

    Where you see one environment alone, commands work in it from then on, unless --env says
    otherwise.

    The token is taken from --token, --token-file, VAMP_TOKEN, VAMP_TOKEN_FILE, or else asked for
    (or read from standard input). Make one in the admin screens, or ask an administrator:
    `forklift create token`.
    """
    context_name = name or session.given.context or ""
    known = session.contexts.named.get(context_name, Context())
    asked = session.given.server or session.around.environ.get("VAMP_SERVER") or known.server
    server = address_of(asked or session.context.server)
    text = token or _token_given(session, token_file)
    api = Api(server, text, session.around)
    me = api.get("me")
    context_name = context_name or (urlsplit(server).hostname or server)
    held = session.contexts.named.get(context_name, Context())
    organisation = session.given.organisation or me.get("organisation") or held.organisation
    environment = session.given.environment or (
        held.environment if organisation == held.organisation else ""
    )
    offered = [] if environment else _environments_of(api, organisation)
    if len(offered) == 1:
        environment = offered[0]
    session.contexts.named[context_name] = Context(server, organisation, environment, text)
    session.contexts.current = context_name
    session.contexts.save()
    told = [f"logged in to {server} as {me['login']}; the context is {context_name}"]
    if environment:
        told.append(f"commands work in {environment}")
    elif offered:
        named = ", ".join(offered[:MOST_OFFERED]) + (" …" if len(offered) > MOST_OFFERED else "")
        told.append(f"name the environment to work in with --env: {named}")
    session.out.done("; ".join(told), me)


def _environments_of(api: Api, organisation: str) -> Sequence[str]:
    """Return the first environments that one sees there, one more than are told; none if refused."""
    if not organisation:
        return []
    path = path_of("organisations", organisation, "environments")
    try:
        return [each["name"] for each in api.pages(path, most=MOST_OFFERED + 1)]
    except Failure:
        return []  # the token is good all the same


def _token_given(session: Session, file: Path | None) -> str:
    environ = session.around.environ
    if file is not None:
        return _checked(secret_in(file))
    if environ.get("VAMP_TOKEN"):
        return _checked(environ["VAMP_TOKEN"])
    if environ.get("VAMP_TOKEN_FILE"):
        return _checked(secret_in(Path(environ["VAMP_TOKEN_FILE"])))
    if session.around.stdin is sys.stdin and session.around.asks_a_person:
        from getpass import getpass

        return _checked(getpass("token: "))
    return _checked(session.around.stdin.readline())


def _checked(text: str) -> str:
    text = text.strip()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise misused("that is no token: a token is one word of letters, digits and signs")
    return text


def logout(session: Session) -> None:
    """Forget the token of the context in use. It stays good: `vamp delete token` ends it."""
    name = session.context_name
    if name not in session.contexts.named:
        raise misused("there is no context in use")
    session.contexts.named[name] = replace(session.contexts.named[name], token="")
    session.contexts.save()
    session.out.done(f"the token of {name} is forgotten")


def whoami(session: Session) -> None:
    """Show whom the token stands for."""
    me = session.api.get("me")
    if session.out.is_for_people:
        session.out.write(f"{me['login']} at {session.server}\n")
    else:
        session.out.one(kind_named("user"), me)


def can_i(
    session: Session,
    verb: Annotated[
        str, typer.Argument(metavar="VERB", help="view, change, release, …", show_default=False)
    ],
    thing: Annotated[
        str, typer.Argument(metavar="KIND[/NAME]", help="Such as gateway/shop.", show_default=False)
    ],
    user: Annotated[str, typer.Option(help="Ask for somebody else: a login.")] = "",
) -> None:
    """Tell whether you may do something, and through which binding; exit code 4 where not."""
    first, slash, name = thing.partition("/")
    kind = kind_named(first)
    above = path_of("organisations", session.organisation)
    if session.known_environment:
        above += "/" + path_of("environments", session.known_environment)
    whom = user or session.api.get("me")["login"]
    found = session.api.get(
        f"{above}/explain",
        user=whom if "/" in whom or not user else f"{session.organisation}/{whom}",
        verb=verb,
        object=f"{kind.name}/{name}" if slash else kind.name,
    )
    session.out.done(explained(found), found)
    if not found["allowed"]:
        raise typer.Exit(Exit.NOT_ALLOWED)


def explained(answer: dict[str, Any]) -> str:
    """Return an answer of ``explain`` as lines for people."""
    because = answer.get("because")
    lines = [f"{'yes' if answer['allowed'] else 'no'}: {answer['reason']}"]
    if because:
        words = [f"role {because['role']}", f"to {because['subject']}", f"on {because['scope']}"]
        if because.get("expires_at"):
            words.append(f"until {moment(because['expires_at'])}")
        if because.get("max_weight") is not None:
            words.append(f"up to {str(because['max_weight']).removesuffix('%').rstrip()} %")
        lines.append(f"through binding {because['binding']}: {', '.join(words)}")
    return "\n".join(lines)


def list_contexts(session: Session) -> None:
    """List the contexts of the configuration file; tokens are not shown."""
    held = session.contexts
    rows = [
        {
            "is_current": "*" if name == held.current else "",
            "name": name,
            "server": context.server,
            "organisation": context.organisation,
            "environment": context.environment,
            "token": bool(context.token),
        }
        for name, context in sorted(held.named.items())
    ]
    if session.output == "name":
        session.out.names(str(row["name"]) for row in rows)
    elif not session.out.is_for_people:
        session.out.value([{**row, "is_current": row["is_current"] == "*"} for row in rows])
    elif rows:
        session.out.table(_COLUMNS, rows)
    else:
        session.out.say(f"there is no context in {held.path}")


def use_context(session: Session, name: ContextName) -> None:
    """Work with this context from now on."""
    _known(session, name)
    session.contexts.current = name
    session.contexts.save()
    session.out.done(f"{name} is the context now")


def set_context(session: Session, name: ContextName) -> None:
    """Make a context, or change it: --server, --org and --env say what it shall be.

    The token of a context whose server changes is forgotten.
    """
    held = session.contexts.named.get(name, Context())
    given = session.given
    server = address_of(given.server) if given.server else held.server
    if not server:
        raise misused("give --server for a new context")
    path = (given.environment or "").split("/")
    organisation = given.organisation or (path[0] if len(path) == 2 else "") or held.organisation
    session.contexts.named[name] = Context(
        server=server,
        organisation=organisation,
        environment=path[-1] or held.environment,
        token=held.token if server == held.server else "",
    )
    session.contexts.current = session.contexts.current or name
    session.contexts.save()
    session.out.done(f"context {name} is set")


def delete_context(session: Session, name: ContextName) -> None:
    """Forget a context and its token."""
    _known(session, name)
    del session.contexts.named[name]
    if session.contexts.current == name:
        session.contexts.current = ""
    session.contexts.save()
    session.out.done(f"context {name} is deleted")


def _known(session: Session, name: str) -> None:
    if name not in session.contexts.named:
        known = ", ".join(sorted(session.contexts.named)) or "none"
        raise misused(f"there is no context {name}; there are: {known}")
