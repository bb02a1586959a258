"""Liveness, readiness and metrics of the web process, on its own port.

The same and more, without a look at ``Host``, is on the port of `vamp.processes.probes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import REGISTRY

from vamp.dependencies import (
    Dependency,
    dependencies_of,
    faults,
    is_ready,
    with_dedicated,
)
from vamp.probe_server import metrics_page
from vamp.processes.stopping import stop
from vamp.variables import networks_of

_FORWARDED = ("Forwarded", "X-Forwarded-For")


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the process runs; asks nothing of anybody."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 where everything that the API cannot do without answers, else 503.

    What does not answer is named, also a dedicated database, which keeps nobody else from work.
    Names only: this page is for everybody, and what is wrong is told on the port for probes.
    """
    needed = with_dedicated(_needed())
    found = faults(needed)
    answers = {name: "silent" if fault else "ok" for name, fault in found.items()}
    if stop.is_set():
        return JsonResponse({"status": "ending", "dependencies": answers}, status=503)
    if not is_ready(needed, found):
        return JsonResponse({"status": "waiting", "dependencies": answers}, status=503)
    return JsonResponse({"status": "ok", "dependencies": answers})


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with Prometheus's metrics to those of `VAMP_METRICS_ALLOW`, else with 403.

    What came through a proxy is refused, since its address is not that of whoever asks.
    """
    if any(name in request.headers for name in _FORWARDED) or not _is_allowed(request):
        return HttpResponse("not for this address: see VAMP_METRICS_ALLOW\n", "text/plain", 403)
    page = metrics_page(REGISTRY)
    return HttpResponse(page.body, content_type=page.kind)


def _is_allowed(request: HttpRequest) -> bool:
    try:
        asking = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a unix socket has no address
        return False
    return any(asking in network for network in networks_of(settings.VAMP.metrics_allow))


@cache
def _needed() -> Sequence[Dependency]:
    """Return what web needs, kept so that answers are cached."""
    return dependencies_of("web")
