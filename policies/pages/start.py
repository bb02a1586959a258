"""Starting a release by hand: choose, see the plan, confirm."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from gateways.models import Gateway, Route
from gateways.pages import split
from gateways.pages.split import colour_key
from gateways.selectors import gateway_in
from policies.domain.policy import Policy
from policies.models import ReleasePolicy
from policies.pages.policy import plan_lines
from policies.selectors import plan_of, policies_in, visible_policies
from policies.services.releases import start_release
from tenants.authorisation import decide
from tenants.labels import target_in
from tenants.models import Environment
from tenants.pages.page import (
    address,
    api_address,
    environment_page,
    person_of,
    render,
    tell_refusal,
)
from vamp.errors import VampError
from vamp.pages.split import Segment


@environment_page("release.create")
def start(request: HttpRequest, environment: Environment, name: str) -> HttpResponse:
    """Ask which version to release by which policy, show the first split, and start on POST."""
    gateway = gateway_in(environment, name)
    sent = request.POST if request.method == "POST" else request.GET
    target, policy = sent.get("target", ""), sent.get("policy", "") or gateway.policy
    if request.method == "POST":
        try:
            limit = decide(
                person_of(request), "release.create", target_in(environment, "release", name)
            )
            begun = start_release(
                gateway,
                target=target,
                policy=policy,
                actor=request.user.get_username(),
                most=limit.max_weight,
            )
        except VampError as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(request.path)
        messages.success(request, f"Release {begun.number} has begun. This page shows how it goes.")
        return HttpResponseRedirect(address("release", environment, name, begun.number))
    routes = list(gateway.routes.all())
    policies = _policies(request, environment, gateway)
    plan = _plan(policies, policy)
    context = {
        "title": f"Release a version on {name}",
        "here": environment,
        "gateway": gateway,
        "targets": candidates(routes),
        "policies": policies,
        "target": target,
        "policy": policy,
        "plan": plan_lines(plan) if plan else (),
        "before": split.segments(routes),
        "after": first_split(gateway, target, plan) if plan else (),
        "back": address("gateway", environment, name),
        "policy_new": address("policy-new", environment),
        "api": api_address(environment, "gateways", name, "releases"),
    }
    return render(request, "vamp/start.html", context)


def _policies(
    request: HttpRequest, environment: Environment, gateway: Gateway
) -> list[ReleasePolicy]:
    """Return the policies that the person may see, and the gateway's own, which its page names."""
    found = list(visible_policies(person_of(request), environment))
    if gateway.policy and all(policy.name != gateway.policy for policy in found):
        found += policies_in(environment).filter(name=gateway.policy)
    return found


def candidates(routes: Sequence[Route]) -> list[Route]:
    """Return the routes that could get the traffic: all but the one that has the most."""
    source = max(routes, key=lambda route: route.weight, default=None)
    return [route for route in routes if route is not source]


def first_split(gateway: Gateway, target: str, plan: Policy) -> Sequence[Segment]:
    """Return the split of the plan's first step; empty where no target is chosen."""
    routes = {route.name: route for route in gateway.routes.all()}
    if target not in routes:
        return ()
    source = max(routes.values(), key=lambda route: route.weight)
    step = plan.steps[0]
    return [
        Segment(source.name, colour_key(source), step.source_weight),
        Segment(target, colour_key(routes[target]), step.target_weight),
    ]


def _plan(policies: Sequence[ReleasePolicy], name: str) -> Policy | None:
    for policy in policies:
        if policy.name == name:
            return plan_of(policy.versions.all()[0])
    return None
