from __future__ import annotations

import pytest

from vamp.cli.documents import read_text
from vamp.cli.failure import Failure
from vamp.cli.homes import placed
from vamp.cli.session import Given, Session
from vamp.cli.surroundings import Surroundings

HERE = {"VAMP_ORGANISATION": "acme", "VAMP_ENVIRONMENT": "prod", "HOME": "/nowhere"}


def found(text, **given):
    session = Session(Given(**given), Surroundings(environ=HERE))
    return placed(session, read_text(text, "x.yaml"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("kind: Gateway\nname: shop", "Gateway acme/prod/shop"),
        ("kind: Gateway\nname: shop\nenvironment: dev", "Gateway acme/dev/shop"),
        ("kind: Gateway\nname: shop\nenvironment: globex/dev", "Gateway globex/dev/shop"),
        ("kind: Policy\nname: a\norganisation: globex", "ReleasePolicy globex/prod/a"),
        ("kind: Organization\nname: globex", "Organisation globex"),
        ("kind: Environment\nname: dev", "Environment acme/dev"),
        ("kind: User\nlogin: globex/bo", "User globex/bo"),
        ("kind: User\nname: bo", "User acme/bo"),
        ("kind: Binding\nrole: viewer\ngroup: qa", "Binding acme/viewer to group qa"),
    ],
)
def test_home__of_a_document__is_its_own_word_or_the_contexts(text, shown):
    assert [str(each) for each in found(text)] == [shown]


def test_body__of_a_gateway__has_no_home_in_it():
    (one,) = found("kind: Gateway\nname: shop\norganisation: acme\nenvironment: dev\nhosts: [a.b]")

    assert one.body == {"kind": "Gateway", "name": "shop", "hosts": ["a.b"]}


def test_body__of_a_binding__keeps_its_environment():
    (one,) = found("kind: Binding\nrole: viewer\nuser: ana\nenvironment: prod\n")

    assert one.body["environment"] == "prod"


def test_documents__in_any_order__come_in_the_order_of_their_needs():
    text = "\n---\n".join(
        f"kind: {kind}\nname: x\nrole: r\nuser: u"
        for kind in ("Gateway", "Binding", "User", "ReleasePolicy", "Role", "Environment")
    )

    assert [each.kind.document for each in found(text)] == [
        "Environment", "User", "Role", "Binding", "ReleasePolicy", "Gateway",
    ]  # fmt: skip


def test_documents__with_many_faults__tell_all_at_their_lines():
    text = "kind: Breed\nname: x\n---\nkind: Gateway\nhosts: [a]\n---\nname: y\n"

    with pytest.raises(Failure) as caught:
        found(text)

    assert [(fault.line, fault.message) for fault in caught.value.faults] == [
        (1, "`kind` is Breed"), (4, "`name` is missing"), (7, "`kind` is missing"),
    ]  # fmt: skip


def test_documents__named_twice__say_where_the_first_is():
    text = "kind: Role\nname: x\n---\nkind: Role\nname: x\n"

    with pytest.raises(Failure) as caught:
        found(text)

    assert str(caught.value.faults[0]) == (
        "x.yaml:5:7: name: Role acme/x is there already, in x.yaml:2"
    )


def test_flag__against_the_file__is_refused():
    with pytest.raises(Failure) as caught:
        found("kind: Gateway\nname: shop\nenvironment: dev\n", environment="prod")

    assert caught.value.faults[0].line == 3
