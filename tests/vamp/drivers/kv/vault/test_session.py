"""Logging in, keeping the token alive and replacing it, on a clock that the tests move."""

from __future__ import annotations

import os
import threading
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from hvac.adapters import Adapter

from tests.vamp.drivers.kv.vault.scripted import (
    DENIED,
    LOGIN,
    RENEW,
    SELF,
    Answer,
    Asked,
    ScriptedVault,
    scripted,
)
from vamp.ports.errors import PortRefused, PortUnavailable

APPROLE = "approle:role:hunter2"
PLACE = "/v1/place"
AWAY = (503, {"errors": ["Vault is sealed"]})


@dataclass
class Issuer:
    """Gives out tokens t1, t2 …, knows which live, and renews for `renewed_s` more."""

    ttl_s: int = 90
    renewed_s: int = 90
    is_away: bool = False
    living: set[str] = field(default_factory=set)
    made: int = 0
    refuses_renewal: bool = False
    allows: bool = True

    def __call__(self, asked: Asked) -> Answer:
        if self.is_away:
            return AWAY
        if asked.path == LOGIN:
            return self._login(asked)
        if asked.token not in self.living:
            return DENIED
        if asked.path == SELF:
            return 200, {"data": {"ttl": self.ttl_s, "renewable": True}}
        if asked.path == RENEW:
            if self.refuses_renewal:
                return 400, {"errors": ["lease is not renewable"]}
            return 200, {"auth": {"lease_duration": self.renewed_s, "renewable": True}}
        return (200, {"data": {}}) if self.allows else DENIED

    def _login(self, asked: Asked) -> Answer:
        if asked.body != {"role_id": "role", "secret_id": "hunter2"}:
            return 400, {"errors": ["invalid role or secret ID"]}
        self.made += 1
        self.living.add(f"t{self.made}")
        auth = {
            "client_token": f"t{self.made}",
            "lease_duration": self.ttl_s,
            "renewable": True,
        }
        return 200, {"auth": auth}


@dataclass
class Clock:
    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


def place(adapter: Adapter) -> object:
    return adapter.get(PLACE)


def asked_of(vault: ScriptedVault) -> list[tuple[str, str]]:
    return [(asked.path, asked.token) for asked in vault.asked]


def test_ask__with_an_approle__logs_in_once_and_keeps_the_token():
    with scripted(Issuer()) as vault:
        session = vault.session(APPROLE, now=Clock())

        for _ in range(3):
            session.ask(place)

        assert asked_of(vault) == [(LOGIN, ""), *[(PLACE, "t1")] * 3]


def test_ask__two_thirds_through__renews_and_goes_on():
    clock = Clock()
    with scripted(Issuer()) as vault:
        session = vault.session(APPROLE, now=clock)

        for _ in range(5):
            session.ask(place)
            clock.now_s += 45

        paths = vault.paths()
    assert paths == [LOGIN, PLACE, PLACE, RENEW, PLACE, PLACE, RENEW, PLACE]


@pytest.mark.parametrize(
    "issuer", [Issuer(refuses_renewal=True), Issuer(renewed_s=44)], ids=["refused", "near the end"]
)
def test_ask__renewal_gives_too_little__logs_in_anew(issuer):
    clock = Clock()
    with scripted(issuer) as vault:
        session = vault.session(APPROLE, now=clock)
        session.ask(place)
        clock.now_s += 60

        session.ask(place)

        assert asked_of(vault)[-3:] == [(RENEW, "t1"), (LOGIN, ""), (PLACE, "t2")]


def test_ask__token_was_revoked__logs_in_and_asks_again():
    issuer = Issuer()
    with scripted(issuer) as vault:
        session = vault.session(APPROLE, now=Clock())
        session.ask(place)
        issuer.living.clear()

        session.ask(place)

        assert asked_of(vault)[2:] == [(PLACE, "t1"), (SELF, "t1"), (LOGIN, ""), (PLACE, "t2")]


def test_ask__living_token_may_not__logs_in_no_more():
    with scripted(Issuer(allows=False)) as vault:
        session = vault.session(APPROLE, now=Clock())

        for _ in range(2):
            with pytest.raises(Exception, match="permission denied"):
                session.ask(place)

        assert vault.paths().count(LOGIN) == 1


def test_ask__from_many_threads__one_logs_in_for_all():
    issuer = Issuer()
    with scripted(issuer) as vault, ThreadPoolExecutor(8) as pool:
        session = vault.session(APPROLE, now=Clock())

        for _ in range(3):
            list(pool.map(lambda _: session.ask(place), range(40)))
            issuer.living.clear()
        list(pool.map(lambda _: session.ask(place), range(40)))

        assert vault.paths().count(LOGIN) == issuer.made == 4


def test_ask__vault_is_away_at_renewal__uses_what_lives_and_tries_again():
    clock, issuer = Clock(), Issuer()
    with scripted(issuer) as vault:
        session = vault.session(APPROLE, now=clock)
        session.ask(place)
        clock.now_s += 60
        issuer.is_away = True

        for _ in range(2):
            with pytest.raises(Exception, match="sealed"):
                session.ask(place)
        issuer.is_away = False
        clock.now_s += 2
        session.ask(place)

        counts = Counter(vault.paths())
        assert asked_of(vault)[-2:] == [(RENEW, "t1"), (PLACE, "t1")]
    assert (counts[LOGIN], counts[RENEW]) == (1, 2)


def test_ask__token_ran_out_while_vault_was_away__says_so_then_recovers():
    clock, issuer = Clock(), Issuer()
    with scripted(issuer) as vault:
        session = vault.session(APPROLE, now=clock)
        session.ask(place)
        clock.now_s += 91
        issuer.is_away = True
        issuer.living.clear()

        with pytest.raises(PortUnavailable, match="sealed; unseal it"):
            session.ask(place)
        issuer.is_away = False
        session.ask(place)

        assert asked_of(vault)[-1] == (PLACE, "t2")


def test_ask__vault_does_not_let_us_in__those_who_waited_share_the_answer():
    asked, answer = threading.Event(), threading.Event()

    def script(_: Asked) -> Answer:
        asked.set()
        answer.wait(5)
        return AWAY

    def failure(session) -> str:
        with pytest.raises(PortUnavailable) as caught:
            session.ask(place)
        return str(caught.value)

    with scripted(script) as vault, ThreadPoolExecutor(4) as pool:
        ticking = Clock()

        def later() -> float:
            ticking.now_s += 1
            return ticking.now_s

        session = vault.session(APPROLE, now=later)
        found = [pool.submit(failure, session)]
        asked.wait(5)
        begun = ticking.now_s
        found += [pool.submit(failure, session) for _ in range(3)]
        while ticking.now_s < begun + 3:  # the three have looked at the clock
            pass
        answer.set()
        said = {each.result(5) for each in found}

        assert len(said) == 1
        assert vault.paths() == [LOGIN]


def test_ask__unknown_approle__is_refused_without_its_secret():
    with scripted(Issuer()) as vault, pytest.raises(PortRefused) as caught:
        vault.session("approle:role:hunter3", now=Clock()).ask(place)

    assert "does not know this AppRole" in str(caught.value)
    assert "hunter" not in str(caught.value)


def test_ask__approle_may_not_log_in_from_here__says_what_to_check():
    with (
        scripted(lambda asked: DENIED) as vault,
        pytest.raises(PortRefused, match=r"refused the AppRole.*enabled at auth/approle"),
    ):
        vault.session(APPROLE, now=Clock()).ask(place)


def test_ask__with_a_token__keeps_it_alive():
    clock = Clock()
    with scripted(Issuer(living={"mine"}, renewed_s=30)) as vault:
        session = vault.session("token:mine", now=clock)

        for _ in range(3):
            session.ask(place)
            clock.now_s += 61

        assert asked_of(vault) == [
            (path, "mine") for path in (SELF, PLACE, RENEW, PLACE, RENEW, PLACE)
        ]


def test_ask__token_cannot_be_renewed__is_used_until_it_ends():
    clock, issuer = Clock(), Issuer(living={"mine"}, refuses_renewal=True)
    with scripted(issuer) as vault:
        session = vault.session("token:mine", now=clock)
        for _ in range(3):
            session.ask(place)
            clock.now_s += 61
        issuer.living.clear()

        with pytest.raises(PortRefused, match="does not accept the token"):
            session.ask(place)

        assert vault.paths().count(RENEW) == 1


def test_ask__root_token__is_never_renewed():
    clock = Clock()
    with scripted(Issuer(living={"root"}, ttl_s=0)) as vault:
        session = vault.session("root", now=clock)

        for _ in range(2):
            session.ask(place)
            clock.now_s += 1e9

        assert vault.paths() == [SELF, PLACE, PLACE]


def test_ask__token_may_not_look_at_itself__is_used_all_the_same():
    def script(asked: Asked) -> Answer:
        return DENIED if asked.path == SELF else (200, {"data": {}})

    with scripted(script) as vault:
        assert vault.session("token:mine", now=Clock()).ask(place) == {"data": {}}


def test_ask__a_page_instead_of_vaults_answer__is_unavailable():
    with (
        scripted(lambda asked: (200, "<html>")) as vault,
        pytest.raises(PortUnavailable, match="no Vault"),
    ):
        vault.session(APPROLE, now=Clock()).ask(place)


def test_ask__in_a_child_forked_while_a_thread_logs_in__works_on_connections_of_its_own():
    asked, answer = threading.Event(), threading.Event()
    issuer = Issuer()

    def script(request: Asked) -> Answer:
        if request.path == LOGIN and not asked.is_set():
            asked.set()
            answer.wait(5)
        return issuer(request)

    with scripted(script) as vault, ThreadPoolExecutor(1) as pool:
        session = vault.session(APPROLE)
        of_parent = pool.submit(session.ask, place)
        asked.wait(5)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12's, on just this
            child = os.fork()  # the session's lock is held by a thread that the child has not
        if child == 0:
            try:
                os._exit(0 if session.ask(place) == {"data": {}} else 2)
            finally:
                os._exit(1)

        _, status = os.waitpid(child, 0)
        answer.set()

        assert os.waitstatus_to_exitcode(status) == 0
        assert of_parent.result(5) == {"data": {}}
        assert vault.paths().count(LOGIN) == 2


def test_ask__requests__go_without_gzip_proxies_and_cookies(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with scripted(Issuer(living={"mine"})) as vault:
        session = vault.session("token:mine", now=Clock())

        session.ask(place)

        headers = vault.asked[-1].headers
    assert headers["Accept-Encoding"] == "identity"
    assert headers["X-Vault-Request"] == "true"
    assert "Cookie" not in headers


def test_ask__in_a_namespace__names_it():
    with scripted(Issuer()) as vault:
        vault.address = type(vault.address)(
            vault.address.server, "kv", verify=False, namespace="team/vamp"
        )

        vault.session(APPROLE).ask(place)

        assert {asked.headers["X-Vault-Namespace"] for asked in vault.asked} == {"team/vamp"}
