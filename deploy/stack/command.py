"""`python -m deploy.stack`: the verbs, and what each prints."""

from __future__ import annotations

import argparse
import fcntl
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from deploy.stack.builds.cache import Cache, cache_folder
from deploy.stack.builds.catalogue import RECIPES
from deploy.stack.component import Component, Server
from deploy.stack.components.catalogue import components
from deploy.stack.context import Context
from deploy.stack.errors import StackError
from deploy.stack.ports import Ports
from deploy.stack.progress import Progress
from deploy.stack.running import Runner
from deploy.stack.state import State
from deploy.stack.whole import Stack

OK, FAILED, MISUSED = 0, 1, 2


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks for.

    Returns:
        0; 1 where a component could not be had, started or stopped, or does not answer.
    """
    options = _parser().parse_args(arguments)
    state = State.here()
    context = Context(state, Ports(state), Cache(cache_folder(), RECIPES))
    sealed: bool = getattr(options, "sealed", False)
    stack = Stack(components(context, sealed=sealed), context, Runner(state), Progress())
    try:
        return _VERBS[options.verb](stack, options)
    except StackError as error:
        sys.stderr.write(f"stack: {error}\n")
        return FAILED


def _up(stack: Stack, _: argparse.Namespace) -> int:
    with _alone(stack.state):
        failed = stack.up()
    return _shown(stack, failed)


def _prepare(stack: Stack, _: argparse.Namespace) -> int:
    stack.prepare()
    return OK


def _furnish(stack: Stack, _: argparse.Namespace) -> int:
    return _shown(stack, stack.furnish())


def _shown(stack: Stack, failed: Mapping[str, str]) -> int:
    sys.stdout.write(stack.shown_variables())
    sys.stdout.write(f"\nin {stack.state.env_file}; read it with: source {stack.state.env_file}\n")
    return _told("is of no use", failed)


def _build(stack: Stack, _: argparse.Namespace) -> int:
    return _told("could not be built", stack.build())


def _status(stack: Stack, _: argparse.Namespace) -> int:
    lines, healthy = [], True
    for component in stack.components:
        ailments = stack.runner.ailments(component)
        healthy = healthy and not ailments
        names = set()
        for server in component.servers():
            running = stack.runner.process(server).running()
            pid = running.pid if running else "-"
            said = ailments.get(server.name, "answers")
            lines.append(f"{server.name:<20} port {server.port:<6} pid {pid:<8} {said}")
            names.add(server.name)
        lines += [f"{name:<20} {said}" for name, said in ailments.items() if name not in names]
    sys.stdout.write("\n".join([*lines, ""]))
    return OK if healthy else FAILED


def _down(stack: Stack, _: argparse.Namespace) -> int:
    with _alone(stack.state):
        failed = stack.down()
    return _told("could not be stopped", failed)


def _start(stack: Stack, options: argparse.Namespace) -> int:
    component, servers = _named(stack, options.name)
    stack.runner.start(component, servers)
    return OK


def _ending(sign: signal.Signals) -> Callable[[Stack, argparse.Namespace], int]:
    def end(stack: Stack, options: argparse.Namespace) -> int:
        component, servers = _named(stack, options.name)
        stack.runner.stop(component, servers, sign=sign)
        return OK

    return end


_VERBS: Mapping[str, Callable[[Stack, argparse.Namespace], int]] = {
    "up": _up,
    "build": _build,
    "prepare": _prepare,
    "furnish": _furnish,
    "status": _status,
    "down": _down,
    "start": _start,
    "stop": _ending(signal.SIGTERM),
    "kill": _ending(signal.SIGKILL),
}


def _named(stack: Stack, name: str) -> tuple[Component, Sequence[Server]]:
    """Return a component with the servers that `name` means: all of its own, or one.

    Raises:
        StackError: nothing is called so.
    """
    known = []
    for component in stack.components:
        servers = component.servers()
        known += [component.name, *(server.name for server in servers)]
        if name == component.name:
            return component, servers
        for server in servers:
            if name == server.name:
                return component, [server]
    raise StackError(f"there is no {name}; known: {', '.join(dict.fromkeys(known))}")


def _told(what: str, failed: Mapping[str, str]) -> int:
    """Name what failed; the rest has gone on."""
    for name, why in failed.items():
        sys.stderr.write(f"stack: {name} {what}: {why}\n")
    return FAILED if failed else OK


@contextmanager
def _alone(state: State) -> Iterator[None]:
    """Let two commands on one state folder wait for each other."""
    state.folder.mkdir(parents=True, exist_ok=True)
    with (state.folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.stack", description="Real servers on this machine, for development."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser(
        "up", help="build what is missing, start what is not running, tell where it is"
    )
    verbs.add_parser("build", help="only build what is missing")
    verbs.add_parser("prepare", help="only write what the containers of compose.yaml read")
    verbs.add_parser("furnish", help="only furnish servers that others started, as compose does")
    verbs.add_parser("status", help="ask each server how it is; exit code 1 if one is of no use")
    verbs.add_parser("down", help="stop what was started from here, and nothing else")
    start = verbs.add_parser("start", help="start one, on its old port and data")
    start.add_argument("name")
    start.add_argument("--sealed", action="store_true", help="leave Vault sealed")
    for verb, how in (("stop", "SIGTERM, and wait"), ("kill", "SIGKILL")):
        verbs.add_parser(verb, help=f"end one: {how}").add_argument("name")
    return parser
