"""A repair of allauth's for a table that Vamp keeps nothing in."""

from __future__ import annotations

from tenants.terminal.refusing import Refused


class Command(Refused):
    """Shut off."""

    help = "Shut off: Vamp keeps the addresses of people with the users themselves."
    instead = "A user's address is changed on the page of users, or through the API."
