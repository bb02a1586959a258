"""The examples of docs/api.md and docs/access.md are run, in their order, and answer what is shown."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tenants.connections import events_of
from tenants.domain.rights import BUILTIN, VERBS
from tenants.models import User
from tenants.services.tokens import create_token
from tests.factories import VersionFactory
from vamp import outbox

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "api.md").read_text()
ACCESS = (DOCS / "access.md").read_text()
ANYTHING = "…"
BASE = "/api/v1"
VARIABLES = {
    "VAMP": BASE,
    "ACME": f"{BASE}/organisations/acme",
    "HERE": f"{BASE}/organisations/acme/environments/production",
}


@dataclass(slots=True)
class Example:
    """A command with the answer that the page shows.

    Attributes:
        status: of the answer, where the page shows it; headers: those shown.
    """

    command: str
    shown: list[str] = field(default_factory=list)

    def answer(self) -> tuple[int | None, dict[str, str], str]:
        """Return status, headers and body as the page shows them."""
        lines = list(self.shown)
        if not lines or not lines[0].startswith("HTTP/1.1 "):
            return None, {}, "\n".join(lines).strip()
        status = int(lines.pop(0).split()[1])
        headers = {}
        while lines and lines[0]:
            name, _, value = lines.pop(0).partition(": ")
            headers[name] = value
        return status, headers, "\n".join(lines).strip()


def blocks(kind: str, page: str = PAGE) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def examples(page: str = PAGE) -> Iterator[Example]:
    for block in blocks("console", page):
        example = None
        for line in block.splitlines():
            if line.startswith("$ "):
                if example:
                    yield example
                example = Example(line[2:])
            elif example:
                example.shown.append(line)
        if example:
            yield example


def files() -> dict[str, str]:
    """Return the files that the page gives, by the name in their first line."""
    return {match[1]: block for block in blocks("yaml") if (match := re.match(r"# (\S+)\n", block))}


def run(clients: Mapping[str, Client], command: str) -> Any:
    """Do what curl would do, with the token of the function that the command begins with."""
    words = shlex.split(re.sub(r"\$(\w+)", lambda name: VARIABLES[name[1]], command))
    client = clients[words.pop(0)]
    method, body, headers, path = "", "", {}, ""
    while words:
        match words.pop(0):
            case "-i":
                pass
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-d" | "--data-binary":
                given = words.pop(0)
                body = files()[given[1:]] if given.startswith("@") else given
            case word:
                path = word
    method = method or ("POST" if body else "GET")
    return client.generic(method, path, body, "application/yaml", headers=headers)


def agrees(shown: Any, actual: Any) -> bool:
    """Tell whether an answer is what the page shows, which may leave things out."""
    if shown == ANYTHING:
        return True
    if isinstance(shown, dict) and isinstance(actual, dict):
        known = {key: value for key, value in shown.items() if key != ANYTHING}
        if ANYTHING not in shown and known.keys() != actual.keys():
            return False
        return all(key in actual and agrees(value, actual[key]) for key, value in known.items())
    if isinstance(shown, list) and isinstance(actual, list):
        return len(shown) == len(actual) and all(map(agrees, shown, actual))
    return shown == actual


def client_with_token_of(user: User) -> Client:
    _, text = create_token("docs", actor="tests", user=user)
    return Client(HTTP_AUTHORIZATION=f"token {text}")


@pytest.mark.parametrize("page", [PAGE, ACCESS], ids=["api", "access"])
def test_page__every_example__answers_what_it_shows(
    environment, person, platform_administrator, page
):
    for version in ("1.0.0", "1.1.0"):
        VersionFactory.create(
            environment=environment,
            name=version,
            service=_service(environment),
        )
    clients = {
        "api": client_with_token_of(person),
        "admin": client_with_token_of(platform_administrator),
    }
    run_examples = 0
    for example in examples(page):
        outbox.relay(environment.database, events_of(environment.database))
        status, headers, body = example.answer()

        actual = run(clients, example.command)

        told = actual.content.decode()
        if status is None:
            assert actual.status_code < HTTPStatus.BAD_REQUEST, (example.command, told)
        else:
            assert actual.status_code == status, (example.command, told)
        for name, value in headers.items():
            assert actual[name] == value, (example.command, name)
        if body.startswith(("{", "[")):
            assert agrees(json.loads(body), json.loads(told)), (example.command, told)
        else:
            assert told.strip() == body, example.command
        run_examples += 1
    assert run_examples >= 15


def _service(environment):
    from gateways.models import Service
    from tests.factories import ServiceFactory

    return Service.objects.in_environment(environment).first() or ServiceFactory.create(
        environment=environment
    )


@pytest.mark.parametrize(
    ("shown", "actual", "expected"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "…": "…"}, {"a": 1, "b": 2}, True),
        ({"a": "…"}, {"a": [1]}, True),
        ([{"a": 1}], [], False),
        ({"a": 1, "…": "…"}, {"b": 2}, False),
    ],
)
def test_agrees__left_out_or_not__tells(shown, actual, expected):
    assert agrees(shown, actual) is expected


def test_page__every_address__is_in_the_description_and_back():
    from drf_spectacular.generators import SchemaGenerator

    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    last_words = {re.sub(r"\{\w+\}", "", path).rstrip("/").rpartition("/")[2] for path in paths}
    table = "\n".join(line for line in PAGE.splitlines() if line.startswith("| `"))

    assert [word for word in last_words if word not in PAGE] == []
    assert "traffic" in table


def test_access__rights_and_roles__are_those_that_there_are():
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (.*) \|$", ACCESS, re.MULTILINE))
    rights = {kind: ", ".join(f"`{verb}`" for verb in verbs) for kind, verbs in VERBS.items()}
    roles = {role.name: role.title for role in BUILTIN.values()}

    assert rows == rights | roles
