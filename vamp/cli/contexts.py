"""The configuration file: which installations a person works with, and the tokens for them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from vamp.cli.failure import misused

FILE_MODE = 0o600
FOLDER_MODE = 0o700

_OF_THE_OLD_ONE = ("key-value-store-", "database-", "release-agent-", "release-plans-")
"""Keys of the configuration that earlier Forklifts had, which opened the stores themselves."""


@dataclass(frozen=True, slots=True)
class Context:
    """One installation, and where in it commands work.

    Attributes:
        server: address of the installation, such as ``https://vamp.acme.test``.
        organisation: its name; environment: its name; both may be empty.
        token: text of an API token. Never printed.
    """

    server: str = ""
    organisation: str = ""
    environment: str = ""
    token: str = field(default="", repr=False)


@dataclass(slots=True)
class Contexts:
    """What the configuration file holds.

    Attributes:
        path: the file, which need not exist.
        current: name of the context that is used; empty where there is none.
        named: name → context.
    """

    path: Path
    current: str = ""
    named: dict[str, Context] = field(default_factory=dict)

    def save(self) -> None:
        """Write the file whole, readable by its owner alone.

        Raises:
            Failure: it cannot be written.
        """
        import yaml

        body = {
            "current": self.current,
            "contexts": {
                name: {key: value for key, value in asdict(context).items() if value}
                for name, context in sorted(self.named.items())
            },
        }
        try:
            self.path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            _replace(self.path, yaml.safe_dump(body, sort_keys=False))
        except OSError as error:
            raise misused(f"{self.path} cannot be written: {error.strerror}") from None


def config_path(given: str | None, environ: Mapping[str, str]) -> Path:
    """Return where the configuration file is: as given, ``VAMP_CONFIG``, or below the home."""
    if named := given or environ.get("VAMP_CONFIG"):
        return Path(named).expanduser()
    folder = environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "~")) / ".config"
    return Path(folder).expanduser() / "vamp" / "config.yaml"


def read_contexts(path: Path) -> Contexts:
    """Return the contexts of the file; none where there is no file.

    Raises:
        Failure: it cannot be read, or holds something else.
    """
    try:
        text = path.read_text()
    except FileNotFoundError:
        return Contexts(path)
    except (OSError, UnicodeDecodeError) as error:
        raise misused(f"{path} cannot be read: {error}") from None
    import yaml

    try:
        held = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise misused(f"{path} is no YAML{place}; mend it or move it away") from None
    if not isinstance(held, dict) or not isinstance(held.get("contexts", {}), dict):
        raise misused(f"{path} does not hold `contexts:`; mend it or move it away")
    _refuse_the_old_one(path, held)
    named = {str(name): _context(path, name, value) for name, value in _items(held)}
    return Contexts(path, str(held.get("current") or ""), named)


def _items(held: dict[str, Any]) -> list[tuple[str, Any]]:
    return list((held.get("contexts") or {}).items())


def _context(path: Path, name: str, value: Any) -> Context:
    known = {each.name for each in fields(Context)}
    if not isinstance(value, dict):
        raise misused(f"{path}: the context {name} is no mapping")
    if unknown := sorted(set(map(str, value)) - known):
        raise misused(f"{path}: the context {name} has unknown keys: {', '.join(unknown)}")
    return Context(**{key: str(inner) for key, inner in value.items() if inner is not None})


def _refuse_the_old_one(path: Path, held: Mapping[str, Any]) -> None:
    if any(str(key).startswith(_OF_THE_OLD_ONE) for key in held):
        raise misused(
            f"{path} is the configuration of an earlier Forklift, which opened the stores itself;"
            " this one asks the API: name another file, then `vamp auth login --server ADDRESS`"
        )


def _replace(path: Path, text: str) -> None:
    target = path.resolve()  # a link to the file stays a link
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".config-")  # made with mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
