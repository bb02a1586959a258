"""What Lifter's pages have in common: where they lead, and how a test reads in a glance."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from tenants.models import ConnectionResult, Environment, Organisation
from tenants.pages.page import address
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


def tabs(place: Place, here: str) -> list[Tab]:
    """Return the pages of Lifter about `place`, that called `here` marked."""
    overview = Tab("All environments", reverse("lifter"))
    if place is None:
        return [overview, Tab("Installation", place_address(None), here == "connections")]
    if isinstance(place, Organisation):
        form = reverse("admin:tenants_organisation_change", args=[place.pk])
        return [
            overview,
            Tab("Connections", place_address(place), here == "connections"),
            Tab("Settings and secrets", form),
        ]
    form = reverse("admin:tenants_environment_change", args=[place.pk])
    return [
        overview,
        Tab("Connections", place_address(place), here == "connections"),
        Tab("Set-up", address("setup", place), here == "setup"),
        Tab("Agents", address("agents", place), here == "agents"),
        Tab("Settings and secrets", form),
        Tab("Organisation", place_address(place.organisation)),
    ]
