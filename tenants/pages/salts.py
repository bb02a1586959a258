"""What passwords are mixed with before they are hashed: shown by name, and turned over on POST."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from tenants.models import Organisation
from tenants.pages.lifter_words import tabs
from tenants.pages.page import installation_page, organisation_page, render, tell_refusal
from tenants.secrets import INSTALLATION
from tenants.services.check_questions import Place
from tenants.services.salts import HeldSalt, held_salts, rotate_salt
from vamp.errors import VampError
from vamp.port_faults import told
from vamp.ports.errors import PortError


@organisation_page("organisation.change")
def of_organisation(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show the salts of an organisation's passwords; on POST make a new one."""
    return _page(request, organisation)


@installation_page
def of_installation(request: HttpRequest) -> HttpResponse:
    """Show the salts of platform administrators' passwords; on POST make a new one."""
    return _page(request, None)


def _page(request: HttpRequest, place: Organisation | None) -> HttpResponse:
    holder = place or INSTALLATION
    salts: Sequence[HeldSalt] = ()
    status = 200
    try:
        if request.method == "POST":
            key_id = rotate_salt(holder, actor=request.user.get_username())
            said = f"Salt {key_id} is the newest now; passwords move to it as people sign in."
            messages.success(request, said)
            return HttpResponseRedirect(request.path)
        salts = held_salts(holder)
    except (PortError, VampError) as error:
        refusal = told(error)
        tell_refusal(request, refusal)
        status = refusal.status
    whose: Place = place
    context = {
        "title": f"Passwords of {place or 'platform administrators'}",
        "here": place,
        "tabs": tabs(request, whose, "passwords"),
        "salts": salts,
        "is_asked": status == 200,
        "former": sum(each.passwords for each in salts if not each.is_newest),
    }
    return render(request, "vamp/salts.html", context, status=status)
