"""Setting somebody else's password, as an administrator of theirs."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from tenants.authorisation import authority_of, require
from tenants.domain.authority import ORGANISATION
from tenants.models import User
from tenants.pages.page import person_of, render
from tenants.services import passwords
from tenants.services.delegation import refuse_power_over
from vamp.errors import Fault, Invalid, NotAllowed, Unavailable

RIGHT = "user.change"
"""What it takes, as the API asks it."""


@sensitive_post_parameters("new", "again")
@never_cache
def _password(request: HttpRequest, person: int) -> HttpResponse:
    """Ask for the new password, and set it on POST; all sessions of the person end."""
    found = _colleague(request, person)
    back = reverse("admin:tenants_user_change", args=[found.pk])
    if found.pk == person_of(request).pk:
        return HttpResponseRedirect(reverse("account_change_password"))
    faults: list[str] = []
    status = 200
    if request.method == "POST":
        try:
            _set(request, found)
        except Invalid as refusal:
            faults, status = [fault.message for fault in refusal.faults], 400
        except Unavailable as refusal:
            faults, status = [refusal.message], refusal.status
        else:
            said = f"The password of {found.login} is set. All sessions of {found.login} are ended."
            messages.success(request, said)
            return HttpResponseRedirect(back)
    context = {
        "title": f"Password of {found.login}",
        "colleague": found,
        "has_password": found.has_usable_password(),
        "must_change": request.method != "POST" or "must_change" in request.POST,
        "faults": faults,
        "back": back,
    }
    return render(request, "vamp/colleague_password.html", context, status=status)


password = admin.site.admin_view(_password)


def _colleague(request: HttpRequest, pk: int) -> User:
    """Return who is meant: somebody whom the person sees, and over whom they have power."""
    person = person_of(request)
    rows = User.objects.visible_to(person).select_related("organisation")
    found: User | None = rows.filter(pk=pk).first()
    if found is None:
        raise Http404(f"There is no user {pk}.")
    try:
        require(person, RIGHT, ORGANISATION)
        refuse_power_over(authority_of(person), found)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    return found


def _set(request: HttpRequest, user: User) -> None:
    new = request.POST.get("new", "")
    if new != request.POST.get("again", ""):
        raise Invalid(faults=[Fault("/again", "the two passwords differ")])
    passwords.set_password(
        user, new, actor=request.user.get_username(), must_change="must_change" in request.POST
    )
