"""Reading policies: from text, from a request's JSON, in today's format or an historic one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from policies.documents.convert import converted, is_historic
from policies.documents.model import PolicyDocument
from policies.documents.plan import plan
from policies.documents.rules import broken_rules
from policies.domain.policy import Policy
from vamp.documents.source import Source
from vamp.documents.yaml import examined, read_documents
from vamp.documents.yaml import schema as document_schema
from vamp.errors import Fault, Invalid


@dataclass(frozen=True, slots=True)
class ReadPolicy:
    """A policy that keeps every rule.

    Attributes:
        document: as written, or as converted.
        plan: for the Release Agent, with every default and name filled in.
        notes: what the conversion from an historic format changed or left out, as sentences.
    """

    document: PolicyDocument
    plan: Policy
    notes: tuple[str, ...] = ()


def read_policy(text: str, *, name: str = "policy") -> ReadPolicy:
    """Return the one policy in a YAML or JSON `text`.

    Args:
        text: what was written.
        name: for an historic policy that has none of its own.

    Raises:
        Invalid: with every fault found, at line and column.
    """
    sources = read_documents(text)
    if len(sources) > 1:
        message = f"there are {len(sources)} documents, and one policy is wanted"
        raise Invalid(faults=[sources[1].located(Fault("", message, code="too-many"))])
    return policy_of(sources[0], name=name)


def policy_of(source: Source, *, name: str = "policy") -> ReadPolicy:
    """Return the policy that one document is. Arguments and errors are those of `read_policy`."""
    notes: tuple[str, ...] = ()
    if is_historic(source.value):
        value, notes = converted(source, name=name)
        source = Source.of(value)
    document, faults = examined(PolicyDocument, source)
    broken = broken_rules(source, document)
    faults = (*faults, *(source.located(fault) for fault in broken))
    if document is None or faults:
        raise Invalid(faults=faults)
    return ReadPolicy(document, plan(document), notes)


def policy_from_value(value: dict[str, Any], *, name: str = "policy") -> ReadPolicy:
    """Return the policy that a request's JSON is. Arguments and errors as for `read_policy`."""
    return policy_of(Source.of(value), name=name)


def policy_schema() -> dict[str, Any]:
    """Return the JSON Schema of a policy document."""
    return {**document_schema(PolicyDocument), "title": "ReleasePolicy"}
