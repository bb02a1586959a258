"""``forklift list``, ``add`` and ``delete group-mapping``: groups that a provider claims, and ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Optional

import typer

from vamp.cli.asking import confirm_by
from vamp.cli.commands.changing import DryRun, Yes
from vamp.cli.completing import named, session_at
from vamp.cli.failure import Exit, Failure
from vamp.cli.forklift.making import Verb
from vamp.cli.forklift.single_sign_on import path, put
from vamp.cli.kind import Column, Kind, Scope
from vamp.cli.session import Session
from vamp.cli.wording import counted

MAPPING: Final = Kind(
    "group-mapping", "group-mappings", (), Scope.ORGANISATION,
    (Column("CLAIMED", "claim"), Column("GROUP", "group")),
    key="claim", has_details=False, is_paged=False,
)  # fmt: skip


def _claims(ctx: typer.Context, incomplete: str) -> Sequence[str]:
    """Offer the groups of the provider's that are mapped."""
    session = session_at(ctx)
    try:
        rows = session.api.send("GET", path(session), read_s=3.0, attempts=1).json()["groups"]
    except (Failure, ValueError, KeyError):
        return []
    found = dict.fromkeys(str(row["claim"]) for row in rows)
    return [claim for claim in found if claim.startswith(incomplete)]


Group = Annotated[
    str,
    typer.Argument(
        metavar="GROUP", autocompletion=named("group"), show_default=False,
        help="That its members join here, made where there is none.",
    ),
]  # fmt: skip


def list_mappings(session: Session) -> None:
    """List which groups of the identity provider make people members of which groups here."""
    rows = session.api.get(path(session))["groups"]
    session.out.rows(MAPPING, rows, nothing="no group is mapped")


def mapping(verb: Verb) -> Callable[..., None]:
    """Return the command that maps a group; `CREATE` refuses what is mapped, `ADD` takes it."""

    def change(
        session: Session,
        claim: Annotated[
            str,
            typer.Argument(
                metavar="CLAIM", show_default=False, help="The provider's group, as it claims it."
            ),
        ],
        group: Group,
        dry_run: DryRun = False,
    ) -> None:
        held = session.api.get(path(session))
        wanted = {"claim": claim, "group": group}
        is_there = wanted in held["groups"]
        if is_there and verb is Verb.CREATE:
            raise Failure(f"{claim} is mapped to {group} already", Exit.CONFLICT)
        if is_there:
            done = "unchanged"
        elif dry_run:
            done = "would be added"
        else:
            put(session, {**held, "groups": [*held["groups"], wanted]})
            done = "added"
        said = f"group mapping of {session.organisation} {done}: {claim} -> {group}"
        session.out.done(said, wanted, name=f"{MAPPING.name}/{claim}")

    change.__doc__ = (
        "Map a provider's group to a group here, whose members its people become at each sign-in."
        f"\n\n{'Refused where it is mapped. ' if verb is Verb.CREATE else ''}For platform"
        " administrators."
    )
    return change


def delete(
    session: Session,
    claim: Annotated[
        str,
        typer.Argument(
            metavar="CLAIM",
            autocompletion=_claims,
            show_default=False,
            help="The provider's group.",
        ),
    ],
    group: Annotated[
        Optional[str],  # noqa: UP045  (typer reads it)
        typer.Argument(
            metavar="[GROUP]",
            autocompletion=named("group"),
            show_default=False,
            help="Left out: every one that it is mapped to.",
        ),
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Map a provider's group no more, once its name is typed (or with --yes).

    Who is a member stays one, unless another claim is mapped to the same group: then that decides.
    For platform administrators.
    """
    held = session.api.get(path(session))
    doomed = [row for row in held["groups"] if _is_meant(row, claim, group)]
    if not doomed:
        to = f" to {group}" if group else ""
        raise Failure(f"{claim} is not mapped{to} in {session.organisation}", Exit.NOT_FOUND)
    lines = [
        f"group mapping of {session.organisation}: {claim} -> {row['group']}" for row in doomed
    ]
    kept = [row for row in held["groups"] if row not in doomed]
    if not dry_run:
        confirm_by(
            session, claim, "delete " + ("it" if len(doomed) == 1 else counted(len(doomed), "mapping")),
            told=[*lines, *_after(doomed, kept)], nothing="nothing was deleted", is_sure=yes,
        )  # fmt: skip
        put(session, {**held, "groups": kept})
    for line in lines:
        said = f"{line} {'would be deleted' if dry_run else 'deleted'}"
        session.out.done(said, name=f"{MAPPING.name}/{claim}")


def _is_meant(row: Mapping[str, Any], claim: str, group: str | None) -> bool:
    return row["claim"] == claim and group in (None, row["group"])


def _after(doomed: Sequence[Mapping[str, Any]], kept: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what becomes of those who are members by what is deleted."""
    others = {row["group"] for row in kept}
    for group in dict.fromkeys(row["group"] for row in doomed):
        if group in others:
            yield f"who has no other claim that is mapped to {group} leaves it at the next sign-in"
        else:
            yield f"who is a member of {group} stays one"
