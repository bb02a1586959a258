"""kwok, which plays the kubelet of nodes that are not there."""

from pathlib import Path

from deploy.stack.builds.go import Module

PATH = "sigs.k8s.io/kwok"

KWOK = Module(
    name="kwok",
    path=PATH,
    version="v0.7.0",
    programs={f"{PATH}/cmd/kwok": "kwok"},
    script=Path(__file__),
)
