import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from deploy.stack.nats_keys import KeyPair, Kind, credentials, token


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_seed__of_nats_own_documentation__has_its_public_key():
    seed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"

    assert (
        KeyPair.of_seed(seed).public == "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
    )


@pytest.mark.parametrize(
    ("kind", "public", "seed"),
    [(Kind.OPERATOR, "O", "SO"), (Kind.ACCOUNT, "A", "SA"), (Kind.USER, "U", "SU")],
)
def test_pair__of_a_kind__begins_with_its_letters_and_is_read_again(kind, public, seed):
    pair = KeyPair.new(kind)

    assert pair.public.startswith(public)
    assert pair.seed.startswith(seed)
    assert KeyPair.of_seed(pair.seed).public == pair.public
    assert len(pair.public) == 56
    assert len(pair.seed) == 58


@pytest.mark.parametrize(
    "mangle", [str.lower, lambda seed: seed[:-1], lambda seed: "SA" + "B" * 56]
)
def test_of_seed__mangled__is_refused(mangle):
    seed = KeyPair.new(Kind.USER).seed

    with pytest.raises(ValueError, match=r".+"):
        KeyPair.of_seed(mangle(seed))


def test_of_seed__public_key__is_refused():
    with pytest.raises(ValueError, match="not the seed"):
        KeyPair.of_seed(KeyPair.new(Kind.USER).public)


def test_token__of_an_issuer__is_signed_by_it_and_says_what_was_meant():
    issuer, user = KeyPair.new(Kind.ACCOUNT), KeyPair.new(Kind.USER)

    made = token(issuer, subject=user.public, name="ana", claims={"type": "user", "subs": -1})

    header, payload, signature = made.split(".")
    key = Ed25519PublicKey.from_public_bytes(issuer.private.public_key().public_bytes_raw())
    key.verify(decoded(signature), f"{header}.{payload}".encode())
    said = json.loads(decoded(payload))
    assert said["iss"] == issuer.public
    assert said["sub"] == user.public
    assert said["nats"] == {"type": "user", "subs": -1, "version": 2}


def test_credentials__of_a_user__hold_token_and_seed_on_lines_of_their_own():
    user = KeyPair.new(Kind.USER)

    lines = credentials("a.b.c", user).splitlines()

    assert lines[1] == "a.b.c"
    assert lines[5] == user.seed
