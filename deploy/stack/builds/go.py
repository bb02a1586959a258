"""Programs of published Go modules, built from a small module of ours that requires them.

`go install` refuses modules that carry replace directives; a module that requires one does not
see them, and may give its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.stack.errors import StackError
from deploy.stack.programs import find, run

PACKAGE = "golang-go"
OLDEST = (1, 21)
"""The first that gets itself a newer Go where a module wants one."""

JOBS = 2
STRIPPED = "-s -w"
ONLY_ERRORS = "{{with .Error}}{{.}}{{end}}"
"""In place of the names of a thousand packages."""

SETTINGS = {"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-buildvcs=false"}
"""In place of what this user may have set for work of their own."""


@dataclass(frozen=True, slots=True)
class Module:
    """A published Go module and the programs that are wanted of it.

    Attributes:
        name: of the build.
        path: of the module.
        version: with its ``v``.
        programs: import path → name of the file; what is built.
        script: the Python file that says all this.
        link: flags for the linker.
        language: version of Go that our module speaks; empty for that of the module built.
    """

    name: str
    path: str
    version: str
    programs: Mapping[str, str]
    script: Path
    link: str = STRIPPED
    language: str = ""
    files: Sequence[Path] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", (Path(__file__), self.script))

    def fetch(self, work: Path, log: Path) -> None:
        must_be_recent(_output("env", "GOVERSION", log=log))
        upstream = describe(self.path, self.version, log)
        if self.language:
            upstream = {**upstream, "Go": self.language}
        settings = self.settings(upstream, work, log)
        (work / "go.mod").write_text(wrapper(self.path, self.version, upstream, settings))
        go("list", "-mod=mod", "-deps", "-f", ONLY_ERRORS, *self.programs, folder=work, log=log)

    def settings(self, upstream: Mapping[str, Any], work: Path, log: Path) -> Sequence[str]:
        """Return further lines for our ``go.mod``, and put into `work` what they speak of.

        Args:
            upstream: the module's own ``go.mod``, see `wrapper`.
            work: folder of our module.
            log: takes what commands print.
        """
        return ()

    def build(self, work: Path, out: Path, log: Path) -> None:
        made = work / "made"
        go(
            "build", "-mod=mod", "-p", str(JOBS), "-trimpath", "-ldflags", self.link,
            "-o", f"{made}/", *self.programs,
            folder=work, log=log,
        )  # fmt: skip
        for package, name in self.programs.items():
            (made / program_name(package)).rename(out / name)


def program_name(package: str) -> str:
    """Return the file that Go makes of a package: its last part that is not a major version."""
    *rest, last = package.split("/")
    return rest[-1] if last[:1] == "v" and last[1:].isdigit() else last


def wrapper(path: str, version: str, upstream: Mapping[str, Any], settings: Sequence[str]) -> str:
    """Return the text of a ``go.mod`` that requires one module as its authors build it.

    Args:
        path: of the module.
        version: of it.
        upstream: its own ``go.mod``, as ``go mod edit -json`` tells it. Its language version,
            debug settings and replacements by other modules are kept; replacements by folders,
            which its archive does not hold, are left out.
        settings: lines to add.
    """
    lines = ["module vamp.stack/build", "", f"go {upstream['Go']}", ""]
    lines += [f"godebug {each['Key']}={each['Value']}" for each in upstream.get("Godebug") or ()]
    lines += [f"require {path} {version}"]
    for replace in upstream.get("Replace") or ():
        old, new = replace["Old"], replace["New"]
        if not new["Path"].startswith("."):
            source = f"{old['Path']} {old.get('Version', '')}".strip()
            lines.append(f"replace {source} => {new['Path']} {new['Version']}")
    return "\n".join([*lines, *settings, ""])


def describe(path: str, version: str, log: Path) -> Mapping[str, Any]:
    """Return a published module's ``go.mod`` as Go tells it."""
    file = download(path, version, log)["GoMod"]
    described: Mapping[str, Any] = json.loads(_output("mod", "edit", "-json", file, log=log))
    return described


def download(path: str, version: str, log: Path) -> Mapping[str, Any]:
    """Get a module into Go's own cache and return what Go says of it: ``Dir``, ``GoMod``."""
    said: Mapping[str, Any] = json.loads(
        _output("mod", "download", "-json", f"{path}@{version}", log=log)
    )
    return said


def must_be_recent(version: str) -> None:
    """See that Go is new enough.

    Args:
        version: as ``go env GOVERSION`` prints it: ``go1.24.3``.

    Raises:
        StackError: it is not.
    """
    numbers = re.match(r"go(\d+)\.(\d+)", version)
    if numbers and (int(numbers[1]), int(numbers[2])) < OLDEST:
        raise StackError(
            f"{version.strip()} is too old: install Go {OLDEST[0]}.{OLDEST[1]} or newer"
        )


def go(*arguments: str, folder: Path, log: Path) -> None:
    """Run the go command, politely, since a build takes all processors.

    Raises:
        StackError: it failed.
    """
    settings = [f"{name}={value}" for name, value in SETTINGS.items()]
    run(["nice", "env", *settings, _program(), *arguments], folder=folder, log=log)


def _output(*arguments: str, log: Path) -> str:
    with log.open("ab") as errors:
        done = subprocess.run(  # noqa: S603 the go command
            [_program(), *arguments],
            cwd="/",  # away from any go.mod
            env={**os.environ, **SETTINGS},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise StackError(f"go {' '.join(arguments)} failed: {done.stdout.strip()}")
    return done.stdout


def _program() -> str:
    return find("go", package=PACKAGE)
