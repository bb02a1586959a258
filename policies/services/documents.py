"""Creating, changing and removing release policies."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from gateways.models import Gateway
from gateways.services.scope import Scope
from policies import events
from policies.documents.model import PolicyDocument
from policies.documents.write import canonical
from policies.models import PolicyVersion, Release, ReleasePolicy
from tenants.models import Environment
from tenants.services.standing import require_active
from vamp.contention import repeated
from vamp.errors import Conflict, Fault


@repeated
def put_policy(
    environment: Environment, document: PolicyDocument, *, actor: str, is_dry_run: bool = False
) -> tuple[ReleasePolicy, bool]:
    """Make the policy of that name say what `document` says.

    A change makes a new version; releases go on by the version that they began with. Where nothing
    changed nothing is written.

    Returns:
        The policy, and whether it is new. On a dry run the policy is not saved.

    Raises:
        Conflict: somebody changed the policy at the same moment; repeat.
        NotActive: the environment is archived or being deleted.
    """
    require_active(environment)
    scope = Scope(environment, actor)
    value = canonical(document)
    policy = ReleasePolicy.objects.in_environment(environment).filter(name=document.name).first()
    held = policy.versions.filter(number=policy.version).first() if policy else None
    if is_dry_run:
        fresh = ReleasePolicy(environment=environment, name=document.name, title=document.title)
        return policy or fresh, policy is None
    if policy and held and held.document == value:
        policy.environment = environment
        return policy, False
    try:
        with transaction.atomic(using=scope.database):
            saved = _save(environment, policy, document)
            PolicyVersion.objects.using(scope.database).create(
                environment=environment,
                policy=saved,
                number=saved.version,
                document=value,
                created_by=actor,
            )
            _tell(scope, saved, held, value)
    except IntegrityError:
        raise Conflict(
            faults=[
                Fault("/name", f"policy {document.name} was changed at the same moment", "repeat")
            ]
        ) from None
    return saved, policy is None


@repeated
def remove_policy(policy: ReleasePolicy, *, actor: str) -> None:
    """Remove a policy that nothing uses any more.

    Raises:
        Conflict: gateways name it, or a release is under way by it; each is listed.
    """
    environment = policy.environment
    scope = Scope(environment, actor)
    with transaction.atomic(using=scope.database):
        gateways = Gateway.objects.in_environment(environment).present().filter(policy=policy.name)
        releases = Release.objects.in_environment(environment).filter(policy_version__policy=policy)
        faults = [
            Fault("", f"gateway {name} uses it", "give that gateway another policy first")
            for name in gateways.values_list("name", flat=True)[:20]
        ]
        if releases.exists():
            faults.append(Fault("", "releases were made by it, and their record is kept"))
        if faults:
            raise Conflict(faults=faults)
        scope.audit("policy.removed", policy.name, before={"version": policy.version})
        scope.emit(events.POLICY_REMOVED, {"policy": policy.name})
        policy.delete()


def _save(
    environment: Environment, policy: ReleasePolicy | None, document: PolicyDocument
) -> ReleasePolicy:
    if policy is None:
        policy = ReleasePolicy(environment=environment, name=document.name)
    else:
        policy.version += 1
    policy.environment = environment
    policy.title = document.title
    policy.save()
    return policy


def _tell(
    scope: Scope, policy: ReleasePolicy, held: PolicyVersion | None, value: dict[str, object]
) -> None:
    verb = "policy.changed" if held else "policy.created"
    scope.audit(verb, policy.name, before=held.document if held else None, after=value)
    scope.emit(
        events.POLICY_CHANGED if held else events.POLICY_CREATED,
        {"policy": policy.name, "version": policy.version},
    )
