"""Applying several documents at once: all of them or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from typing import Final

from gateways.documents.between import Clash
from gateways.documents.gateway import GatewayDocument
from gateways.documents.read import read_gateway
from gateways.services.definition import clashes, put_gateway, refuse
from policies.access import Caller, Vamp
from policies.documents.read import ReadPolicy, policy_of
from policies.models import ReleasePolicy
from policies.services.documents import put_policy
from tenants.models import Environment
from tenants.services.quotas import Quota, room
from tenants.services.standing import require_active
from vamp.contention import repeated
from vamp.documents.source import Source
from vamp.errors import Fault, Invalid, VampError
from vamp.rehearsal import rehearsed

VAMP: Final = Vamp()
KINDS: Final = ("Gateway", "ReleasePolicy")


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one document.

    Attributes:
        index: its place among the documents, from 0.
        kind: ``Gateway`` or ``ReleasePolicy``.
        name: of the gateway or policy.
        outcome: ``created``, ``changed`` or ``unchanged``.
        revision: of the gateway, or version of the policy, as it is now.
        notes: what the conversion of an historic format changed or left out.
    """

    index: int
    kind: str
    name: str
    outcome: str
    revision: int
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Batch:
    """The documents that could be read, by their index, and all that is wrong with the others."""

    sources: Sequence[Source]
    gateways: dict[int, GatewayDocument] = field(default_factory=dict)
    policies: dict[int, ReadPolicy] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def placed(self, index: int, fault: Fault) -> Fault:
        """Return a fault of one document as a fault of all: ``/2/routes/0/weight``."""
        located = self.sources[index].located(fault)
        return replace(located, pointer=f"/{index}{fault.pointer}")


@repeated
def apply_documents(
    environment: Environment,
    sources: Sequence[Source],
    *,
    actor: str,
    is_dry_run: bool = False,
    by: Caller | Vamp = VAMP,
) -> Sequence[Applied]:
    """Make gateways and policies what the documents say, all of them or none.

    What the documents leave out stays as it is. Documents may refer to each other in any order.

    Args:
        environment: where.
        sources: at least one.
        actor: who does it, for the audit trail.
        is_dry_run: check everything and answer as usual, but change nothing.
        by: whose rights count.

    Returns:
        What became of each, in the order of the documents.

    Raises:
        NotAllowed: `by` may not do one of these things.
        Invalid: with the faults of every document; pointers begin with the document's index.
        TakenElsewhere: hosts or ports are taken, and nothing else is wrong.
        GatewayLoop: gateways would lead to each other, or to one that is not there.
        NotActive: the environment is archived or being deleted.
        QuotaReached: the new gateways do not fit.
    """
    require_active(environment)
    batch = _read(sources)
    _refuse_clashes(environment, batch)
    with (
        room(environment.organisation, Quota.GATEWAYS),
        rehearsed(environment.database, is_dry_run=is_dry_run),
    ):
        done = [
            *_put_policies(environment, batch, actor, by),
            *_put_gateways(environment, batch, actor, by),
        ]
    return sorted(done, key=lambda applied: applied.index)


def _read(sources: Sequence[Source]) -> _Batch:
    batch = _Batch(sources)
    if not sources:
        batch.faults.append(Fault("", "there is no document in it", code="empty"))
    for index, source in enumerate(sources):
        try:
            _read_one(batch, index, source)
        except Invalid as error:
            batch.faults += [batch.placed(index, fault) for fault in error.faults]
    batch.faults += _policies_twice(batch)
    return batch


def _read_one(batch: _Batch, index: int, source: Source) -> None:
    kind = source.value.get("kind")
    if kind == "Gateway":
        batch.gateways[index] = read_gateway(source)
    elif kind == "ReleasePolicy":
        batch.policies[index] = policy_of(source)
    else:
        shown = "missing" if kind is None else f"{str(kind)[:40]!r}"
        hint = f"one of {', '.join(KINDS)}"
        raise Invalid(faults=[Fault("/kind", f"`kind` is {shown}", hint, code="kind")])


def _policies_twice(batch: _Batch) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, read in batch.policies.items():
        name = read.document.name
        if name in seen:
            message = f"there is another policy named {name}"
            yield batch.placed(index, Fault("/name", message, code="name-taken"))
        seen.add(name)


def _refuse_clashes(environment: Environment, batch: _Batch) -> None:
    indexes = list(batch.gateways)
    found = clashes(environment, list(batch.gateways.values()))
    placed = [
        replace(clash, fault=batch.placed(indexes[clash.document], clash.fault)) for clash in found
    ]
    if not batch.faults:
        refuse(placed)
        return
    certain = [
        after.fault
        for before, after in zip(found, placed, strict=True)
        if not _rests_on_unread(batch, indexes[before.document], before)
    ]
    raise Invalid(faults=[*batch.faults, *certain])


def _rests_on_unread(batch: _Batch, index: int, clash: Clash) -> bool:
    # A gateway that could not be read is still there for those that lead to it.
    if clash.fault.code != "unknown-gateway":
        return False
    route = batch.gateways[index].routes[int(clash.fault.pointer.split("/")[2])]
    return any(
        source.value.get("name") == route.gateway
        for other, source in enumerate(batch.sources)
        if other not in batch.gateways
    )


def _put_policies(
    environment: Environment, batch: _Batch, actor: str, by: Caller | Vamp
) -> Iterator[Applied]:
    for index, read in batch.policies.items():
        name = read.document.name
        before = ReleasePolicy.objects.in_environment(environment).filter(name=name).first()
        by.require("policy.change" if before else "policy.create", name)
        policy, is_new = put_policy(environment, read.document, actor=actor)
        is_changed = before is not None and before.version != policy.version
        outcome = _outcome(is_new=is_new, is_changed=is_changed)
        yield Applied(index, "ReleasePolicy", name, outcome, policy.version, read.notes)


def _put_gateways(
    environment: Environment, batch: _Batch, actor: str, by: Caller | Vamp
) -> Iterator[Applied]:
    indexes = {document.name: index for index, document in batch.gateways.items()}
    graph = {document.name: document.nested for document in batch.gateways.values()}
    # Those that others lead to come first, for each must be there when it is led to.
    for name in TopologicalSorter(graph).static_order():
        if name not in indexes:
            continue
        index = indexes[name]
        try:
            result = put_gateway(
                environment, batch.gateways[index], actor=actor, shift=by.shift(name)
            )
            # What they may not do is taken back with all the rest.
            by.require("gateway.create" if result.is_created else "gateway.change", name)
        except VampError as error:
            faults = [batch.placed(index, fault) for fault in error.faults]
            raise type(error)(error.message, faults=faults) from None
        outcome = _outcome(is_new=result.is_created, is_changed=result.is_changed)
        yield Applied(index, "Gateway", name, outcome, result.gateway.revision)


def _outcome(*, is_new: bool, is_changed: bool) -> str:
    if is_new:
        return "created"
    return "changed" if is_changed else "unchanged"
