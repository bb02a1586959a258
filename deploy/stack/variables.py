"""The file of variables: what shells, tests and the product read to find the stack."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

PASSWORD = re.compile(r"(?<=:)[^:/@]+(?=@)")
"""Of a URL: what stands between a colon and the at sign."""


def env_file(variables: Mapping[str, str]) -> str:
    """Return lines ``export NAME='value'`` for a shell to read, in order of name."""
    return "".join(f"export {name}={_quoted(variables[name])}\n" for name in sorted(variables))


def shown(variables: Mapping[str, str]) -> str:
    """Return the same, to be looked at: passwords are blanked."""
    return env_file({name: PASSWORD.sub("***", value) for name, value in variables.items()})


def _quoted(value: str) -> str:
    """Always in quotes, so that every line looks alike."""
    quoted = shlex.quote(value)
    return quoted if quoted.startswith("'") else f"'{value}'"
