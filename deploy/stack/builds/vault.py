"""Vault 1.14, the last line under the MPL, without its web UI."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.stack.builds.go import STRIPPED, Module, download
from deploy.stack.errors import StackError

PATH = "github.com/hashicorp/vault"
SDK = f"{PATH}/sdk"
SDK_VERSION = "v0.9.2"
SDK_FOLDER = "sdk"
CHECKED = Path("framework/backend.go")

STARTUP_CHECK = re.compile(
    r"^\t\t// Detect the coding error of attempting to define a CreateOperation.*?^\t\t}\n",
    re.MULTILINE | re.DOTALL,
)


def without_startup_check(source: str) -> str:
    """Return the SDK's `source` without a check that ends the program at its start.

    Vault is built with the SDK of its own tree, which no archive holds. The published one next
    to it fits, but insists that each path which can create also says whether something exists:
    one path of Vault's does not.

    Raises:
        StackError: the check is not where it was.
    """
    mended, times = STARTUP_CHECK.subn("", source)
    if times != 1:
        raise StackError(f"{SDK} {SDK_VERSION} is not as expected: {CHECKED} has no such check")
    return mended


class Vault(Module):
    """The module, with its SDK from beside it."""

    def settings(self, upstream: Mapping[str, Any], work: Path, log: Path) -> Sequence[str]:
        sdk = work / SDK_FOLDER
        # Go's cache is read-only; copyfile leaves that behind for files, and folders are made anew.
        _copy(Path(download(SDK, SDK_VERSION, log)["Dir"]), sdk)
        file = sdk / CHECKED
        file.write_text(without_startup_check(file.read_text()))
        return [
            f"replace {SDK} => ./{SDK_FOLDER}",
            # One of its libraries reads a certificate at its start whose serial number is
            # negative, which Go refuses by default.
            "godebug x509negativeserial=1",
        ]


def _copy(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


VAULT = Vault(
    name="vault",
    path=PATH,
    version="v1.14.2",
    programs={PATH: "vault"},
    script=Path(__file__),
    # Libraries of its time reach into Go's runtime by a way that the linker has closed since.
    link=f"{STRIPPED} -checklinkname=0",
    language="1.24",
)
