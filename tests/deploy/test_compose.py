"""The containers of deploy/compose.yaml run what `make stack` starts, with the same arguments."""

import re
from pathlib import Path

import pytest
import yaml

from deploy.stack.builds.cache import Cache
from deploy.stack.builds.catalogue import RECIPES
from deploy.stack.components.catalogue import components
from deploy.stack.context import Context
from deploy.stack.ports import Ports
from deploy.stack.progress import Progress
from deploy.stack.running import Runner
from deploy.stack.state import State
from deploy.stack.whole import Stack

COMPOSE = Path(__file__).parents[2] / "deploy" / "compose.yaml"
OF_DEBIAN = {"--no-defaults", "--user=mysql", "--user=root"}
"""What only MariaDB outside of a container is told: where to look for settings, who to be."""


class Anything(Cache):
    """A cache that claims to hold every build: commands are compared here, never run."""

    def folder(self, name: str) -> Path:
        return Path("/builds") / name


@pytest.fixture
def stack(tmp_path):
    state = State(tmp_path)
    (tmp_path / "mariadb" / "data").mkdir(parents=True)  # as if installed
    context = Context(state, Ports(state), Anything(tmp_path / "cache", RECIPES))
    made = Stack(components(context), context, Runner(state), Progress())
    made.prepare()
    return made


@pytest.fixture
def services(stack):
    """The file as Docker reads it, with the variables that `prepare` has written."""
    values = dict(
        line.split("=", 1) for line in (stack.state.folder / "compose.env").read_text().splitlines()
    )
    text = re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], COMPOSE.read_text())
    return yaml.safe_load(text)["services"]


def test_compose__of_every_server__has_a_service(stack, services):
    names = {server.name for component in stack.components for server in component.servers()}

    assert services.keys() == names


def test_compose__of_our_own_launches__has_the_same_arguments(stack, services):
    for component in stack.components:
        for server in component.servers():
            if server.name != "elasticsearch":  # its launcher is ours, and takes none of these
                program, *wanted = server.launch().command
                given = services[server.name]["command"]
                given = [each for each in given if each != Path(program).name]
                assert given == [each for each in wanted if each not in OF_DEBIAN], server.name


def test_compose__of_what_is_built__has_images_of_the_same_version(services):
    versions = {recipe.name: recipe.version for recipe in RECIPES}
    built = {
        "nats": "nats", "vault": "vault", "elasticsearch": "elasticsearch", "etcd": "etcd",
        "kwok": "kwok", "apiserver": "kubernetes", "controller-manager": "kubernetes",
        "scheduler": "kubernetes",
    }  # fmt: skip

    for service, recipe in built.items():
        tag = services[service]["image"].rpartition(":")[2]
        assert tag.removeprefix("v") == versions[recipe].removeprefix("v"), service


def test_compose__of_every_service__is_on_loopback_and_starts_again(services):
    assert {each["network_mode"] for each in services.values()} == {"host"}
    assert {each["restart"] for each in services.values()} == {"unless-stopped"}
