from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.domain.namespace import (
    Namespace,
    NamespaceUnreadable,
    Salt,
    Secret,
    namespace_key,
)

SECRETS = st.dictionaries(
    st.sampled_from(["kv", "metrics", "events", "scheduler"]),
    st.builds(Secret, st.text(), st.just("2026-03-01T12:00:00+00:00"), st.just("root")),
)
CONFIGURATIONS = st.dictionaries(st.text(), st.none() | st.integers() | st.text())


@given(CONFIGURATIONS, SECRETS)
def test_to_json__any_document__comes_back_the_same(configuration, secrets):
    document = Namespace(configuration, secrets)

    assert Namespace.from_json(document.to_json()) == document


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"configuration": {}, "secrets": {"kv": "hunter2"}}', "hunter2"]
)
def test_from_json__something_else__is_refused_without_repeating_it(text):
    with pytest.raises(NamespaceUnreadable) as refused:
        Namespace.from_json(text)

    assert "hunter2" not in str(refused.value)


def test_with_secret__then_without__leaves_the_rest():
    secret, other = Secret("a", "", ""), Secret("b", "", "")
    document = Namespace({"title": "Shop"}, {"kv": secret})

    changed = document.with_secret("metrics", other).without_secret("kv")

    assert changed == Namespace({"title": "Shop"}, {"metrics": other})
    assert document.secrets == {"kv": secret}


def test_secret__shown__keeps_its_value_to_itself():
    assert "hunter2" not in repr(Namespace({}, {"kv": Secret("hunter2", "", "")}))


@pytest.mark.parametrize(
    ("place", "key"),
    [(("acme", "production"), "acme/production/environment"), (("acme",), "acme/organisation")],
)
def test_namespace_key__of_a_namespace__lies_in_its_subtree(place, key):
    assert namespace_key(*place) == key


def test_from_json__salts__come_back_with_the_newest():
    held = Namespace().with_salt("a", Salt("b25l", "then")).with_salt("b", Salt("dHdv", "now"))

    found = Namespace.from_json(held.to_json())

    assert found == held
    assert (found.salt, set(found.salts)) == ("b", {"a", "b"})


def test_from_json__from_before_there_were_salts__has_none():
    assert Namespace.from_json('{"configuration": {}, "secrets": {}}') == Namespace()


def test_with_salts_of__none__keeps_the_newest():
    held = Namespace().with_salt("a", Salt("b25l", "then")).with_salt("b", Salt("dHdv", "now"))

    assert set(held.with_salts_of([]).salts) == {"b"}
    assert set(held.with_salts_of(["a"]).salts) == {"a", "b"}


def test_repr__of_a_salt__does_not_show_it():
    assert "b25l" not in repr(Namespace().with_salt("a", Salt("b25l", "then")))
