"""Who sits at the terminal that a command was typed into."""

from __future__ import annotations

import getpass
import os

TERMINAL = "vamp:terminal/"
"""What every such actor begins with."""

MOST_CHARACTERS = 191
"""As many as an entry of the audit trail keeps of an actor."""


def person() -> str:
    """Return the operating system's user as an actor: ``vamp:terminal/<user>``.

    A user without a name, as in many containers, is told by the number.
    """
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"uid-{os.getuid()}"
    return f"{TERMINAL}{name}"[:MOST_CHARACTERS]
