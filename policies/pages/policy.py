"""A release policy as the document it is, with the plan that it makes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from policies.documents.read import ReadPolicy, read_policy
from policies.documents.write import written
from policies.domain.policy import Policy
from policies.models import PolicyVersion, Release
from policies.pages.release_words import line_of
from policies.selectors import document_of, plan_of, policy_in, visible_releases
from policies.services.documents import put_policy, remove_policy
from tenants.models import Environment
from tenants.pages.editor import Editable, Written, confirm_by_name, edit
from tenants.pages.page import address, environment_page, may_on, person_of, put_command
from vamp.documents.units import format_duration
from vamp.errors import Fault, Invalid

RELEASES_SHOWN = 8
EXAMPLE = """\
kind: ReleasePolicy
name: canary
steps:
  - name: a-tenth
    target: {weight: 10%}
    conditions:
      - {metric: success_ratio, operator: ">=", baseline: 0.99}
  - name: everything
    target: {weight: 100%}
    conditions:
      - {metric: success_ratio, operator: ">=", baseline: 0.99}
"""


@environment_page("policy.create")
def create(request: HttpRequest, environment: Environment) -> HttpResponse:
    """Make a policy from a document."""
    return edit(
        request,
        environment,
        Editable(
            title="New release policy",
            text=EXAMPLE,
            back=reverse("admin:policies_releasepolicy_changelist"),
            command=put_command(request, environment, "policies", "canary"),
            put=lambda text, is_dry_run: _put(request, environment, text, is_dry_run=is_dry_run),
        ),
    )


@environment_page("policy.view", post="policy.change")
def change(request: HttpRequest, environment: Environment, name: str) -> HttpResponse:
    """Show a policy with its plan and its releases; change it by a new version."""
    policy = policy_in(environment, name)
    newest = policy.versions.all()[0]
    releases = visible_releases(person_of(request), environment).filter(
        policy_version__policy=policy
    )[:RELEASES_SHOWN]
    may = may_on(request)
    return edit(
        request,
        environment,
        Editable(
            title=f"Release policy {name}",
            text=written(document_of(newest)),
            back=reverse("admin:policies_releasepolicy_changelist"),
            command=put_command(request, environment, "policies", name),
            put=lambda text, is_dry_run: _put(
                request, environment, text, name=name, is_dry_run=is_dry_run
            ),
            extra={
                "policy": policy,
                "newest": newest,
                "plan": plan_lines(plan_of(newest)),
                "releases": [line_of(environment, release) for release in releases],
                "remove_address": address("policy-remove", environment, name)
                if may.allows("policy.delete")
                else "",
            },
            is_read_only=not may.allows("policy.change"),
        ),
    )


@environment_page("policy.delete")
def remove(request: HttpRequest, environment: Environment, name: str) -> HttpResponse:
    """Remove a policy once its name is typed."""
    policy = policy_in(environment, name)
    count = (
        Release.objects.in_environment(environment).filter(policy_version__policy=policy).count()
    )
    return confirm_by_name(
        request,
        environment,
        kind="release policy",
        name=name,
        goes=[f"All of its versions are gone for good; {count} releases were made by it."],
        back=address("policy", environment, name),
        gone=reverse("admin:policies_releasepolicy_changelist"),
        remove=lambda: remove_policy(policy, actor=request.user.get_username()),
    )


def plan_lines(plan: Policy) -> list[tuple[str, int, str]]:
    """Return name, target's weight and terms of each step."""
    return [
        (
            step.name,
            step.target_weight,
            ", ".join(
                f"{condition.metric} over {format_duration(condition.window)}"
                for condition in step.conditions
            ),
        )
        for step in plan.steps
    ]


def _put(
    request: HttpRequest, environment: Environment, text: str, *, name: str = "", is_dry_run: bool
) -> Written:
    read: ReadPolicy = read_policy(text, name=name or "policy")
    if name and read.document.name != name:
        hint = "make another policy for another name"
        raise Invalid(faults=[Fault("/name", f"the name stays {name}", hint)])
    found = policy_before(environment, read.document.name)
    saved, is_new = put_policy(
        environment, read.document, actor=request.user.get_username(), is_dry_run=is_dry_run
    )
    return Written(
        before=found,
        after=written(read.document),
        address=address("policy", environment, saved.name),
        said=f"The policy {saved.name} is {'made' if is_new else f'at version {saved.version}'}."
        " Releases under way go on by the version that they began with.",
    )


def policy_before(environment: Environment, name: str) -> str:
    """Return the policy's newest text, empty where there is none of that name."""
    version = (
        PolicyVersion.objects.in_environment(environment)
        .filter(policy__name=name)
        .order_by("-number")
        .first()
    )
    return written(document_of(version)) if version else ""
