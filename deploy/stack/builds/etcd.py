"""etcd, the store under Kubernetes."""

from pathlib import Path

from deploy.stack.builds.go import Module

PATH = "go.etcd.io/etcd/server/v3"

ETCD = Module(
    name="etcd",
    path=PATH,
    version="v3.6.6",
    programs={PATH: "etcd"},
    script=Path(__file__),
)
