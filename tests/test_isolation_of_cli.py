"""No command shows another tenant's rows, names or counts: every verb, as somebody of tenant B.

The companion of `tests.test_isolation` for the command lines. A new command needs an entry in
`CALLS`; the walk fails until it has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tenants.models import RoleBinding, StorageMove
from tests.furnished import Tenant, tenant
from tests.test_isolation import MARK
from tests.vamp.cli.shell import Shell, shell_of
from vamp.cli.forklift.program import program as forklift
from vamp.cli.kinds import KINDS, kind_named
from vamp.cli.program import program as vamp

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])

GATEWAY = "kind: Gateway\nname: shop\nhosts: [x.test]\nroutes: [{service: shop, version: 1.0.0}]\n"
POLICY = (
    "kind: ReleasePolicy\nname: canary\nsteps:\n- target: {weight: 100%}\n"
    '  conditions: [{metric: error_ratio, operator: "<=", baseline: 0.05}]\n'
)
REFUSED = {3, 4}

ALL_KINDS = [kind.plural for kind in KINDS]
OF_THE_CALLER = ("organisations", "sessions")
"""What is asked of no tenant: an answer has the caller's own."""
OF_THE_INSTALLATION = ("installation-connections", "installation-locks")
"""Nobody of an organisation is shown these."""
NAMES = {
    "release": "shop/1", "user": "ana", "token": "ci", "agent": "vga-1", "policy": "canary",
    "organisation": "acme", "environment": "production", "group": "sre", "role": "releaser",
    "move": "1", "database": "acme-own", "sign-in-policy": "acme", "single-sign-on": "acme",
}  # fmt: skip
ONE_OF_EACH = [
    (kind.name, NAMES.get(kind.name, "shop")) for kind in KINDS if kind.has_details
]  # fmt: skip
FILE = ("-f", "-")

Call = tuple[tuple[str, ...], str]


def calls(*lines: tuple[str, ...], stdin: str = "") -> list[Call]:
    return [(line, stdin) for line in lines]


_MAKING: Mapping[str, list[Call]] = {
    "organisation": calls(("acme",)),
    "environment": calls(("production",)),
    "user": calls(("ana", "--password-file", "-"), stdin="secret-secret-1\n"),
    "group": calls(("shop",)),
    "role": calls(("shop",)),
    "policy": calls(FILE, stdin=POLICY),
    "token": calls(("ci",)),
    "database": calls(("own", "--url", "mysql://db.test/own")),
    "binding": calls(("viewer", "--user", "ana")),
    "release-plan": calls(("1.1.0", "-s", "shop")),
}

CALLS: Mapping[str, list[Call]] = {
    "vamp get": calls(
        *[(kind,) for kind in ALL_KINDS if kind not in OF_THE_CALLER], *ONE_OF_EACH,
        *[(kind, "-o", "json") for kind in ("gateways", "audit", "events")],
    ),
    "vamp describe": calls(*ONE_OF_EACH),
    "vamp apply": calls(FILE, (*FILE, "--dry-run"), (*FILE, "--prune", "yes", "-y"), stdin=GATEWAY),
    "vamp diff": calls(FILE, stdin=GATEWAY),
    "vamp export": calls((), ("gateways",), ("--all",)),
    "vamp delete": [
        *calls(*[(kind, name, "-y") for kind, name in ONE_OF_EACH if kind_named(kind).deletes]),
    ],
    "vamp events": calls((), ("-f",), ("--subject", "vamp.acme.production.>")),
    "vamp gateway weights": calls(("shop",), ("shop", "1.1.0=10")),
    "vamp gateway wait": calls(("shop", "--timeout", "1s")),
    "vamp gateway status": calls(("shop",)),
    "vamp gateway traffic": calls(("shop",)),
    "vamp release list": calls((), ("--gateway", "shop")),
    "vamp release show": calls(("shop/1",), ("shop",)),
    "vamp release start": calls(("shop", "1.1.0")),
    "vamp release watch": calls(("shop/1", "--timeout", "1s")),
    **{
        f"vamp release {action}": calls(("shop/1",), ("shop",))
        for action in ("pause", "resume", "skip", "promote", "approve", "abort")
    },
    "vamp service scale": calls(("shop", "1.0.0", "2")),
    "vamp service restart": calls(("shop", "1.0.0")),
    "vamp auth can-i": calls(("view", "gateway/shop"), ("view", "gateway/shop", "--user", "ana")),
    **{f"forklift create {noun}": found for noun, found in _MAKING.items()},
    **{f"forklift update {noun}": found for noun, found in _MAKING.items()},
    "forklift update user": calls(("ana", "--inactive"), ("ana", "--full-name", "Else")),
    **{f"forklift add {noun}": found for noun, found in _MAKING.items()},
    **{
        f"forklift show {noun}": calls((NAMES.get(noun, "acme" if noun == "organisation" else "shop"),))
        for noun in _MAKING if noun != "release-plan"
    },
    **{
        f"forklift {verb} connection": calls(("kv",), ("kv", "--of", "organisation"))
        for verb in ("show", "test")
    },
    "forklift set connection": calls(
        ("kv", "--url", "db:"), ("kv", "--url", "db:", "--of", "organisation")
    ),
    "forklift show sign-in": calls((), ("--installation",)),
    "forklift set sign-in": calls(
        *[("--second-factor", "everybody", *more) for more in ((), ("--installation",))]
    ),
    "forklift show single-sign-on": calls(()),
    "forklift set single-sign-on": calls(
        ("--disabled",),
        ("--title", "x", "--issuer", "https://x.test", "--client-id", "x", "--secret-file", "-"),
        stdin="hunter2",
    ),
    "forklift delete single-sign-on": calls(("-y",), ("-y", "--forget-secret"), ("--dry-run",)),
    "forklift list group-mapping": calls(()),
    **{f"forklift {verb} group-mapping": calls(("devs", "sre")) for verb in ("create", "add")},
    "forklift delete group-mapping": calls(("devs", "-y"), ("devs", "--dry-run")),
    "forklift set password": calls(
        ("ana", "--password-file", "-"), stdin="a longer and better phrase"
    ),
    "forklift list second-factor": calls(("--user", "ana")),
    "forklift reset second-factor": calls(("ana", "-y"), ("ana", "--dry-run")),
    "forklift rotate salt": calls((), ("--installation",)),
    "forklift set-up environment": calls(("production",), ("production", "--dry-run")),
    "forklift show set-up": calls(("production",), ("production", "--manifest")),
    "forklift show deletion": calls(("acme/production",), ("acme",)),
    "forklift skip deletion-step": calls(
        ("acme/production", "keys", "-y"), ("acme", "people", "-y")
    ),
    "forklift list connection": calls((), ("--of", "organisation")),
    **{f"forklift list {noun}": calls(()) for noun in ("store", "deletion")},
    "forklift list lock": calls((), ("--installation",)),
    "forklift release lock": calls(("ana",), ("1",), ("1", "--installation")),
    "forklift list session": calls(("--user", "ana")),
    "forklift end session": calls(("--all", "--user", "ana"), ("1", "--user", "ana")),
    "forklift move list": calls(()),
    "forklift move begin": calls(("events", "db:"), ("events", "db:", "--dry-run")),
    **{f"forklift move {verb}": calls((), ("1",)) for verb in ("show", "undo", "finish")},
    "forklift show release-plan": calls(("1.1.0", "-s", "shop")),
    **{f"forklift list {noun}": calls(()) for noun in _MAKING if noun != "organisation"},
    **{
        f"forklift delete {noun}": calls(
            (NAMES.get(noun, "acme" if noun == "organisation" else "shop"), "-y")
        )
        for noun in _MAKING if noun != "release-plan"
    },
    "forklift delete release-plan": calls(("1.1.0", "-s", "shop", "-y")),
    **{
        f"forklift {verb} {noun}": calls((name,))
        for verb in ("archive", "restore")
        for noun, name in (("organisation", "acme"), ("environment", "production"))
    },
    "forklift clone environment": calls(("production", "copy")),
    "forklift apply": calls(FILE, stdin=GATEWAY),
    "forklift diff": calls(FILE, stdin=GATEWAY),
    "forklift export": calls(()),
}  # fmt: skip
"""Command → what is tried against names of tenant A."""

ASKS_FOR_OWN: Mapping[str, str] = {
    "vamp auth login": "keeps the caller's token", "vamp auth logout": "forgets it",
    "vamp auth whoami": "the caller", "vamp completion": "text", "vamp exit-codes": "text",
    **{f"{name} context {verb}": "the caller's file" for name in ("vamp", "forklift")
       for verb in ("list", "use", "set", "delete")},
    "forklift list organisation": "what the caller may see", "forklift login": "see vamp",
    "forklift whoami": "the caller", "forklift completion": "text",
    "forklift exit-codes": "text", "forklift version": "text",
}  # fmt: skip


def commands_of(name: str, command: Any) -> Iterator[str]:
    """Yield every command of a program by its whole name."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name
        return
    for word, each in inner.items():
        yield from commands_of(f"{name} {word}", each)


def every_command() -> list[str]:
    return [
        *commands_of("vamp", vamp()),
        *commands_of("forklift", forklift()),
    ]


def ran(shell: Shell, name: str, call: Call) -> Any:
    program, *words = name.split()
    arguments, stdin = call
    return getattr(shell, program)(*words, *arguments, "--org", "acme", stdin=stdin)


@pytest.fixture
def pair():
    victim = tenant("acme", "dedicated", mark=MARK, first_id=9_000)
    return victim, tenant("globex", "default")


def stranger_shell(stranger: Tenant, tmp_path: Any) -> Shell:
    shell = shell_of(tmp_path, stranger.user)
    shell.environ["VAMP_ENVIRONMENT"] = "acme/production"
    return shell


def test_commands__every_one__is_walked_or_asks_for_nothing_of_a_tenants():
    assert set(every_command()) == CALLS.keys() | ASKS_FOR_OWN.keys()


def test_stranger__every_command_against_anothers_names__is_refused_and_told_nothing(
    pair, tmp_path
):
    victim, stranger = pair
    shell = stranger_shell(stranger, tmp_path)
    before = victim.all_rows()
    wrong = []

    for name, tried in CALLS.items():
        for call in tried:
            found = ran(shell, name, call)
            if found.exit not in REFUSED:
                wrong.append(f"{name} {call[0]} ends with {found.exit}: {found.err}")
            if MARK in found.all:
                wrong.append(f"{name} {call[0]} tells what is theirs")

    assert wrong == []
    assert victim.all_rows() == before


def test_stranger__tab_for_anothers_names__is_offered_nothing(pair, tmp_path, monkeypatch):
    _, stranger = pair
    shell = stranger_shell(stranger, tmp_path)
    monkeypatch.setenv("_VAMP_COMPLETE", "complete_bash")
    own = {"organisations": ["globex"]}
    for kind in ALL_KINDS:
        line = f"vamp --org acme get {kind} "
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(line.count(" ")))

        offered = shell.vamp().out.split()

        assert offered == own.get(kind, []), kind


def test_owner__commands_that_read__find_what_is_theirs(pair, tmp_path):
    victim, _ = pair
    shell = shell_of(tmp_path, victim.user)
    real = {
        "binding": str(victim.rows[RoleBinding].pk),
        "move": str(victim.rows[StorageMove].pk),
    }

    for name in ("vamp get", "vamp describe"):
        for words, stdin in CALLS[name]:
            if words[0] in OF_THE_INSTALLATION:
                continue
            call = ((words[0], real[words[0]]) if words[0] in real else words, stdin)
            found = ran(shell, name, call)

            assert found.exit == 0, (name, call[0], found.err)
