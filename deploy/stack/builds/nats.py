"""NATS server, which Debian 12 has in a version that lacks several filters for one consumer."""

from pathlib import Path

from deploy.stack.builds.go import Module

PATH = "github.com/nats-io/nats-server/v2"

NATS = Module(
    name="nats",
    path=PATH,
    version="v2.15.2",
    programs={PATH: "nats-server"},
    script=Path(__file__),
)
