from __future__ import annotations

import pytest

from vamp.drivers.events.nkeys import ACCOUNT, OPERATOR, USER, KeyPair, is_public, is_signed_by


@pytest.mark.parametrize("kind", [OPERATOR, ACCOUNT, USER])
def test_key_pair__seed__gives_the_same_pair_of_its_kind(kind):
    pair = KeyPair.new(kind)

    again = KeyPair.from_seed(f" {pair.seed}\n")

    assert (again.kind, again.public, again.seed) == (kind, pair.public, pair.seed)
    assert pair.seed.startswith(f"S{kind}")
    assert pair.public.startswith(kind)
    assert len(pair.public) == 56
    assert is_public(pair.public, kind)


def test_from_seed__of_the_reference_implementation__has_its_public_key():
    """The pair that https://docs.nats.io shows for nkey authentication."""
    pair = KeyPair.from_seed("SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY")

    assert pair.public == "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"


@pytest.mark.parametrize("text", ["", "SU", "nonsense!", "SUAAAAAA", "A" * 58])
def test_from_seed__not_a_seed__is_refused_without_repeating_it(text):
    with pytest.raises(ValueError, match=r"nkey|seed") as caught:
        KeyPair.from_seed(text)

    assert not text or text not in str(caught.value)


def test_from_seed__one_letter_wrong__is_refused():
    seed = KeyPair.new(USER).seed
    other = "A" if seed[20] != "A" else "B"

    with pytest.raises(ValueError, match="checksum"):
        KeyPair.from_seed(seed[:20] + other + seed[21:])


def test_sign__by_another__is_told_apart():
    one, other = KeyPair.new(USER), KeyPair.new(USER)

    assert is_signed_by(one.public, b"nonce", one.sign(b"nonce"))
    assert not is_signed_by(other.public, b"nonce", one.sign(b"nonce"))
    assert not is_signed_by(one.public, b"another", one.sign(b"nonce"))


def test_key_pair__shown__holds_no_secret():
    pair = KeyPair.new(ACCOUNT)

    assert pair.seed not in repr(pair)


def test_is_public__of_another_kind_or_none__is_not():
    assert not is_public(KeyPair.new(USER).public, ACCOUNT)
    assert not is_public("nonsense", ACCOUNT)
