"""``ETag`` and ``If-Match``: nobody overwrites what he has not seen."""

from __future__ import annotations

import re

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from vamp.errors import Fault, Invalid, Stale

_TAG = re.compile(r'(?:W/)?"([0-9]{1,18})"')

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="Refuse with 412 where it was changed since the revision of this entity tag.",
)


def etag(revision: int) -> str:
    """Return the entity tag of a revision."""
    return f'"{revision}"'


def with_etag(response: Response, revision: int) -> Response:
    """Put the revision's tag on `response` and return it."""
    response["ETag"] = etag(revision)
    return response


def expected_revision(request: Request) -> int | None:
    """Return the revision that ``If-Match`` names, or None where the caller does not care.

    Raises:
        Invalid: the header holds something else than one of our tags or ``*``.
    """
    given = request.headers.get("If-Match", "*").strip()
    if given == "*":
        return None
    # Compression on the way turns our tag into a weak one; it names the same revision.
    found = _TAG.fullmatch(given)
    if found is None:
        raise Invalid(
            faults=[
                Fault("", f"If-Match: {given[:40]} is no entity tag", 'such as "12", from ETag')
            ]
        )
    return int(found[1])


def check_revision(request: Request, revision: int, what: str) -> None:
    """Refuse where ``If-Match`` names another revision than the present one.

    Raises:
        Stale: it does; read again, then repeat.
    """
    expected = expected_revision(request)
    if expected not in (None, revision):
        message = f"{what} is at revision {revision}, not {expected}"
        raise Stale(faults=[Fault("", message, "read it again, then repeat the change")])
