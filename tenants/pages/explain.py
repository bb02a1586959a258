"""May X do Y, and through which binding? And what else may they do there?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from tenants.authorisation import Principal, authority_of, may
from tenants.domain.authority import NOTHING, ORGANISATION, Decision, Target
from tenants.domain.rights import ALL, OBJECT_KINDS, VERBS
from tenants.labels import target_in
from tenants.models import ApiToken, Environment, Organisation, User
from tenants.pages.page import person_of, render
from tenants.pages.switcher import environment_of
from tenants.selectors import environments_for, principal_named
from tenants.services.explaining import asked_of
from vamp.documents.units import format_percent
from vamp.errors import NotFound

OFFERED: Final = 500
"""People, services and environments that the form offers; others are typed."""

_MOVES_TRAFFIC: Final = frozenset(
    {"gateway.change", "gateway.release", "release.create", "release.approve", "release.override"}
)
"""Rights that a binding's limit of the weight bears on."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the form asks.

    Attributes:
        who: a login, or ``token:<name>`` of a service.
        place: name of an environment; empty for what is the organisation's.
        right: ``<kind>.<verb>``; empty until one is chosen.
        name: of one object; empty for all of them.
    """

    who: str
    place: str
    right: str
    name: str


@dataclass(frozen=True, slots=True)
class Given:
    """One verb that is allowed.

    Attributes:
        verb: what; reason: why, a sentence.
        binding: id of the one that allows it; 0 where none is needed.
        limit: most that a version's weight may be raised to, in words; empty for no limit.
    """

    verb: str
    reason: str
    binding: int
    limit: str


@dataclass(frozen=True, slots=True)
class KindLine:
    """One kind of thing in the table: what may be done to it, and what may not."""

    kind: str
    given: Sequence[Given]
    lacking: Sequence[str]


def ask_address(environment: Environment, right: str = "", name: str = "") -> str:
    """Return the address of the page with a question about whoever opens it."""
    asked = {"environment": environment.name, "right": right, "name": name}
    return f"{reverse('access')}?{urlencode({key: text for key, text in asked.items() if text})}"


def _access(request: HttpRequest) -> HttpResponse:
    """Ask, and answer in a sentence with the binding; show all that they may do in the place.

    About others than oneself only with ``binding.view``.
    """
    person, chosen = person_of(request), environment_of(request)
    organisation = person.organisation or (chosen.organisation if chosen else None)
    may_ask = may(person, "binding.view", ORGANISATION)
    question = _question(request, person, chosen)
    context: dict[str, Any] = {
        "title": "Who may do what",
        "question": question,
        "may_ask": may_ask,
        "kinds": VERBS,
        "named_kinds": ", ".join(OBJECT_KINDS),
    }
    if organisation is None:
        return render(request, "vamp/access.html", {**context, "places": ()})
    places = environments_for(person).filter(organisation=organisation)[:OFFERED]
    context |= {
        "organisation": organisation,
        "places": [place.name for place in places],
        "people": _people(organisation) if may_ask else (),
    }
    try:
        who, place = (
            _whom(person, organisation, question, may_ask),
            _where(person, organisation, question),
        )
    except NotFound as refusal:
        return render(
            request, "vamp/access.html", {**context, "refusal": refusal.message}, status=404
        )
    return render(
        request,
        "vamp/access.html",
        {**context, **_answer(who, organisation, place, question)},
    )


access = admin.site.admin_view(_access)


def _question(request: HttpRequest, person: User, chosen: Environment | None) -> Question:
    sent = request.GET
    right = sent.get("right", "")
    first = chosen.name if chosen else ""
    return Question(
        who=sent.get("user", "").strip() or person.login,
        place=sent.get("environment", first).strip(),
        right=right if right in ALL else "",
        name=sent.get("name", "").strip()[:63],
    )


def _whom(person: User, organisation: Organisation, question: Question, may_ask: bool) -> Principal:
    if question.who == person.login:
        return person
    if not may_ask:
        raise NotFound("You may ask what you may do yourself; about others, who may see bindings.")
    return principal_named(organisation, question.who)


def _where(person: User, organisation: Organisation, question: Question) -> Environment | None:
    if not question.place:
        return None
    rows = environments_for(person).filter(organisation=organisation, name=question.place)
    found: Environment | None = rows.first()
    if found is None:
        raise NotFound(f"There is no environment {question.place} in {organisation}.")
    return found


def _answer(
    who: Principal, organisation: Organisation, place: Environment | None, question: Question
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "who": who,
        "where": f"environment {place.name}" if place else f"organisation {organisation}",
        "lines": table_of(who, organisation, place, question),
    }
    if not question.right:
        return shown
    name = question.name if question.right.partition(".")[0] in _kinds_with_names() else ""
    decision = asked_of(who, question.right, organisation, place, name)
    grant = decision.because
    ends_at = grant.expires_at_s if grant else None
    limit = decision.max_weight if question.right in _MOVES_TRAFFIC else None
    return {
        **shown,
        "api": _api_address(organisation, place, question, name),
        "decision": decision,
        "verb": question.right.partition(".")[2],
        "thing": " ".join(filter(None, (question.right.partition(".")[0], name))),
        "ends_at": datetime.fromtimestamp(ends_at, UTC) if ends_at else None,
        "limit": None if limit is None else format_percent(limit),
    }


def table_of(
    who: Principal, organisation: Organisation, place: Environment | None, question: Question
) -> list[KindLine]:
    """Return every kind with the verbs that are allowed there, and those that are not.

    At most one query for each kind of object that is named.
    """
    is_member = who.organisation_id in (None, organisation.pk)
    authority, now_s = authority_of(who) if is_member else NOTHING, time.time()
    lines = []
    for kind, verbs in VERBS.items():
        target = _target(place, kind, question.name)
        decisions = [authority.decide(f"{kind}.{verb}", target, now_s) for verb in verbs]
        lines.append(
            KindLine(
                kind,
                given=[_given(each) for each in decisions if each.is_allowed],
                lacking=[each.right.partition(".")[2] for each in decisions if not each.is_allowed],
            )
        )
    return lines


def _given(decision: Decision) -> Given:
    moves_traffic = decision.right in _MOVES_TRAFFIC
    limit = decision.max_weight if moves_traffic else None
    return Given(
        verb=decision.right.partition(".")[2],
        reason=decision.reason,
        binding=decision.because.binding if decision.because else 0,
        limit="" if limit is None else format_percent(limit),
    )


def _target(place: Environment | None, kind: str, name: str) -> Target:
    if place is None:
        return ORGANISATION
    return target_in(place, kind, name if kind in _kinds_with_names() else "")


def _api_address(
    organisation: Organisation, place: Environment | None, question: Question, name: str
) -> str:
    here = f"/api/v1/organisations/{organisation.name}"
    there = f"{here}/environments/{place.name}" if place else here
    kind, _, verb = question.right.partition(".")
    thing = f"{kind}/{name}" if name else kind
    asked = {"user": question.who, "verb": verb, "object": thing}
    return f"{there}/explain?{urlencode(asked, safe='/:')}"


def _kinds_with_names() -> frozenset[str]:
    return frozenset().union(*OBJECT_KINDS.values())


def _people(organisation: Organisation) -> list[str]:
    users = organisation.users.order_by("login").values_list("login", flat=True)[:OFFERED]
    services = ApiToken.objects.filter(organisation=organisation, user=None, agent_of=None)
    return [
        *users,
        *(f"token:{name}" for name in services.values_list("name", flat=True)[:OFFERED]),
    ]
