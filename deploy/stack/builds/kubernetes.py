"""The Kubernetes control plane: its API server, controllers and scheduler."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.stack.builds.go import STRIPPED, Module

PATH = "k8s.io/kubernetes"
VERSION = "v1.34.4"
STAGING = VERSION.replace("v1.", "v0.", 1)
"""The libraries out of Kubernetes's own tree are published under this number."""

IN_TREE = "v0.0.0"
"""What its go.mod requires of them, to be found beside it: not so in a published module."""

PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
STAMPED = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")


def stamps() -> str:
    """Return linker flags that tell the programs their version, as the release's build does."""
    major, minor, _ = VERSION.removeprefix("v").split(".")
    values = {
        "gitVersion": VERSION,
        "gitMajor": major,
        "gitMinor": minor,
        "gitTreeState": "clean",
    }
    return " ".join(
        f"-X {where}.{key}={value}" for where in STAMPED for key, value in values.items()
    )


def staging(requirements: Iterable[Mapping[str, Any]]) -> Sequence[str]:
    """Return lines that put Kubernetes's published libraries in place of those in its tree.

    Args:
        requirements: of its ``go.mod``, each with ``Path`` and ``Version``.
    """
    return [
        f"replace {each['Path']} => {each['Path']} {STAGING}"
        for each in requirements
        if each["Version"] == IN_TREE
    ]


class Kubernetes(Module):
    """The module, whose own libraries are published apart from it."""

    def settings(self, upstream: Mapping[str, Any], work: Path, log: Path) -> Sequence[str]:
        return staging(upstream["Require"])


KUBERNETES = Kubernetes(
    name="kubernetes",
    path=PATH,
    version=VERSION,
    programs={f"{PATH}/cmd/{program}": program for program in PROGRAMS},
    script=Path(__file__),
    link=f"{STRIPPED} {stamps()}",
)
