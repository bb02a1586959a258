"""What a Vault says, whole answers as a real one gives them, and what the driver makes of it."""

from __future__ import annotations

import pytest

from tests.vamp.drivers.kv.vault.scripted import DENIED, SELF, scripted
from vamp.ports.errors import PortRefused, PortUnavailable, RevisionConflict

KEY = "acme/production/environment"

ANSWERS = [
    (503, {"errors": ["Vault is sealed"]}, PortUnavailable, "it is sealed; unseal it"),
    (503, "no healthy upstream", PortUnavailable, "failed to write acme"),
    (501, {"errors": ["Vault is not initialized"]}, PortUnavailable, "not initialised"),
    (500, {"errors": ["internal error"]}, PortUnavailable, "internal error"),
    (502, "<html>", PortUnavailable, "failed to write"),
    (504, "<html>", PortUnavailable, "failed to write"),
    (429, {"errors": ["request path: rate limit quota exceeded"]}, PortUnavailable, "rate limit"),
    (
        500,
        {"errors": ["local node not active but active cluster node not found"]},
        PortUnavailable,
        "standby and there is no active node",
    ),
    (
        400,
        {"errors": ["Upgrading from non-versioned to versioned data. This backend will be …"]},
        PortUnavailable,
        "being prepared",
    ),
    (
        400,
        {"errors": ["check-and-set parameter did not match the current version"]},
        RevisionConflict,
        "acme/production/environment: the key is at another revision",
    ),
    (
        400,
        {"errors": ["check-and-set parameter required for this call"]},
        PortRefused,
        "set cas_required=false",
    ),
    (
        413,
        {"errors": ["put failed due to value being too large; got 1 bytes, max: 1"]},
        PortRefused,
        "larger than its storage takes",
    ),
    (
        500,
        {"errors": ["put failed due to value being too large; got 1 bytes, max: 1"]},
        PortRefused,
        "larger than its storage takes",
    ),
    (413, {"errors": ["http: request body too large"]}, PortRefused, "larger than"),
    (
        404,
        {"errors": ['no handler for route "kv/data/acme". route entry not found.']},
        PortRefused,
        "nothing is mounted there; check the mount",
    ),
    (405, {"errors": ["1 error occurred:\n\t* unsupported operation"]}, PortRefused, "refused to"),
    (400, {"errors": ["bad request"]}, PortRefused, "bad request"),
    (401, {"errors": ["who are you"]}, PortRefused, "who are you"),
    (
        400,
        "Client sent an HTTP request to an HTTPS server.\n",
        PortRefused,
        "it speaks TLS; leave tls=off out",
    ),
    (*DENIED, PortRefused, "does not allow us to write acme/production/environment"),
    (204, "", PortRefused, "has no KV version 2 at kv"),
    (200, "<html>", PortRefused, "has no KV version 2 at kv"),
]


@pytest.mark.parametrize(("status", "body", "kind", "said"), ANSWERS)
def test_put__answered_so__says_what_is_wrong_and_what_to_do(status, body, kind, said):
    with scripted(lambda asked: (status, body) if asked.method == "POST" else None) as vault:
        with pytest.raises(kind) as caught:
            vault.store("token:hunter2").put(KEY, "s3cret", expected=1)

        assert said in str(caught.value)
        assert vault.address.server in str(caught.value)
        assert "hunter2" not in str(caught.value) + repr(caught.value)
        assert "s3cret" not in str(caught.value) + repr(caught.value)
        assert [asked.method for asked in vault.asked].count("POST") == 1


def test_get__token_is_unknown__is_refused_with_what_to_do():
    with (
        scripted(lambda asked: DENIED) as vault,
        pytest.raises(PortRefused, match="does not accept the token: it expired or was revoked"),
    ):
        vault.store().get(KEY)

    assert vault.paths() == [SELF, f"/v1/kv/data/{KEY}", SELF]
