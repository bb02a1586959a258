"""What Lifter's pages have in common: where they lead, and how a test reads in a glance."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from tenants.authorisation import may
from tenants.domain.authority import ORGANISATION
from tenants.models import ConnectionResult, Environment, Organisation
from tenants.pages.page import May, address, person_of
from tenants.services.check_questions import Place
from vamp.ports.checks import Checked


@dataclass(frozen=True, slots=True)
class Tab:
    """A page beside this one.

    Attributes:
        title: of the page; link: its address; is_here: whether it is this one.
    """

    title: str
    link: str
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Glance:
    """A state in a word and a colour.

    Attributes:
        word: ``well``, ``to be set up``, ``not well`` or ``not tested``.
        tone: ``good``, ``warn``, ``bad`` or empty.
    """

    word: str
    tone: str


NOT_TESTED = Glance("not tested", "")


def glance_of(checked: Checked) -> Glance:
    """Return how a test reads."""
    if checked.is_prepared:
        return Glance("well", "good")
    return Glance("to be set up", "warn") if checked.ok else Glance("not well", "bad")


def glance(result: ConnectionResult | None) -> Glance:
    """Return how the last test reads."""
    if result is None:
        return NOT_TESTED
    if result.ok and result.is_prepared:
        return Glance("well", "good")
    return Glance("to be set up", "warn") if result.ok else Glance("not well", "bad")


def place_address(place: Place) -> str:
    """Return the address of the page of a place's connections."""
    if place is None:
        return reverse("installation-connections")
    if isinstance(place, Environment):
        return address("connections", place)
    return reverse("organisation-connections", args=[place.name])


def tabs(request: HttpRequest, place: Place, here: str) -> list[Tab]:
    """Return the pages of Lifter about `place` that the person may open, that called `here` marked."""
    overview = Tab("All environments", reverse("lifter"))
    if place is None:
        passwords = Tab("Passwords", reverse("installation-passwords"), here == "passwords")
        return [
            overview,
            Tab("Installation", place_address(None), here == "connections"),
            passwords,
        ]
    if isinstance(place, Organisation):
        return [overview, *_of_organisation(request, place, here)]
    return [overview, *_of_environment(request, place, here)]


def _of_organisation(request: HttpRequest, place: Organisation, here: str) -> list[Tab]:
    found = []
    if may(person_of(request), "connection.view", ORGANISATION):
        found.append(Tab("Connections", place_address(place), here == "connections"))
    if may(person_of(request), "storage.view", ORGANISATION):
        link = reverse("organisation-databases", args=[place.name])
        found.append(Tab("Databases", link, here == "databases"))
    if may(person_of(request), "organisation.change", ORGANISATION):
        link = reverse("organisation-passwords", args=[place.name])
        found.append(Tab("Passwords", link, here == "passwords"))
    form = reverse("admin:tenants_organisation_change", args=[place.pk])
    life = reverse("organisation-life", args=[place.name])
    return [*found, Tab("Settings and secrets", form), Tab("Life cycle", life, here == "life")]


def _of_environment(request: HttpRequest, place: Environment, here: str) -> list[Tab]:
    allowed = May(person_of(request), place)
    pages = (
        ("connections", "Connections", "connection.view"),
        ("setup", "Set-up", ""),
        ("agents", "Agents", "agent.view"),
        ("storage", "Storage", "storage.view"),
    )
    found = [
        Tab(title, address(name, place), name == here)
        for name, title, right in pages
        if not right or allowed.allows(right)
    ]
    form = reverse("admin:tenants_environment_change", args=[place.pk])
    found.append(Tab("Settings and secrets", form))
    if may(person_of(request), "environment.create", ORGANISATION):
        found.append(Tab("Clone", address("environment-clone", place), here == "clone"))
    found.append(Tab("Life cycle", address("environment-life", place), here == "life"))
    if may(person_of(request), "connection.view", ORGANISATION):
        found.append(Tab("Organisation", place_address(place.organisation)))
    return found
