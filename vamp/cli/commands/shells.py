"""``vamp completion``: what a shell needs to complete commands, kinds and names."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Annotated

import typer

from vamp.cli.failure import MEANINGS
from vamp.cli.session import Session


class Shell(Enum):
    """Shells that are supported."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion_of(program: str) -> Callable[..., None]:
    """Return the command that prints the completion script of a program."""

    def completion(
        session: Session,
        shell: Annotated[Shell, typer.Argument(metavar="bash|zsh|fish", show_default=False)],
    ) -> None:
        """Print the script that completes this program in a shell; source it in the shell's start."""
        from typer import completion as of_typer

        variable = f"_{program.upper()}_COMPLETE"
        script: str = of_typer.get_completion_script(  # type: ignore[attr-defined]
            prog_name=program, complete_var=variable, shell=shell.value
        )
        session.out.write(script + "\n")

    return completion


def exit_codes(session: Session) -> None:
    """List the exit codes and what each means."""
    for code, meaning in MEANINGS.items():
        session.out.write(f"{code:>3}  {meaning}\n")


def version(session: Session) -> None:
    """Show the version of this program."""
    from importlib import metadata

    session.out.write(metadata.version("vamp") + "\n")
