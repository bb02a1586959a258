"""Whether somebody may do something, decided from what was granted to them. Pure.

Nothing is allowed that no grant allows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tenants.domain.label_selector import LabelSelector
from tenants.domain.rights import OBJECT_KINDS, WITH_LABELS

WHOLE = 10_000
"""All traffic, in hundredths of a percent."""

Labels = Mapping[str, object]


def _no_labels() -> Labels:
    return {}


@dataclass(frozen=True, slots=True)
class Target:
    """What something is to be done to.

    Attributes:
        environment: name of the environment that it lies in; empty for what is the organisation's.
        name: of the object; empty for the environment or organisation as such. Of a release, the
            name of its gateway.
        labels: returns the object's labels; asked only where a grant chooses by labels.
    """

    environment: str = ""
    name: str = ""
    labels: Callable[[], Labels] = _no_labels


ORGANISATION = Target()
"""The organisation itself, and what is in none of its environments."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What one binding gives.

    Attributes:
        binding: id of the binding; 0 where none is behind it.
        role: name of the role; subject: whom it was given to, in words, such as ``group sre``.
        rights: all that it gives, written out.
        environment: the one that it is for; empty for the organisation with all of them.
        selector: only objects with such labels.
        object_kind, object_name: only that object.
        expires_at_s: seconds since 1970 from which on it gives nothing; None for never.
        max_weight: most that a version's weight may be raised to by it, in hundredths of a
            percent; None for no limit.
    """

    binding: int
    role: str
    subject: str
    rights: frozenset[str]
    environment: str = ""
    selector: LabelSelector | None = None
    object_kind: str = ""
    object_name: str = ""
    expires_at_s: float | None = None
    max_weight: int | None = None

    def gives(self, right: str, target: Target, now_s: float) -> bool:
        """Tell whether it allows `right` on `target`."""
        if right not in self.rights or self.is_over(now_s):
            return False
        if self.environment and self.environment != target.environment:
            return False
        if not self.concerns(right):
            return False
        if self.object_name:
            return self.object_name == target.name
        if self.selector is not None:
            return bool(target.name) and self.selector.chooses(target.labels())
        return True

    def concerns(self, right: str) -> bool:
        """Tell whether what it covers can be what `right` is about.

        A grant on service shop gives nothing on gateways, though its role may have rights to them.
        """
        kind = right.partition(".")[0]
        if self.object_name:
            return kind in OBJECT_KINDS[self.object_kind]
        return self.selector is None or kind in (*WITH_LABELS, "release")

    def is_over(self, now_s: float) -> bool:
        """Tell whether its time is up."""
        return self.expires_at_s is not None and self.expires_at_s <= now_s

    @property
    def is_whole(self) -> bool:
        """True where it covers everything in its place, and not single objects."""
        return self.selector is None and not self.object_name

    @property
    def scope(self) -> str:
        """What it covers, in words."""
        place = f"environment {self.environment}" if self.environment else "the organisation"
        if self.object_name:
            return f"{self.object_kind} {self.object_name} in {place}"
        return f"what is labelled {self.selector} in {place}" if self.selector else place


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether it is allowed, and why.

    Attributes:
        right: what was asked for.
        because: the grant that allows it; None where nothing does, or no grant is needed.
        max_weight: see `Grant`; the greatest of all grants that allow it.
        withheld_by: what takes the right away again although a grant gives it, in words.
    """

    right: str
    is_allowed: bool
    because: Grant | None = None
    max_weight: int | None = None
    withheld_by: str = ""

    @property
    def reason(self) -> str:
        """A sentence for people."""
        if self.withheld_by:
            return f"{self.right} is withheld by {self.withheld_by}"
        if self.because is None:
            return (
                "platform administrators may do everything"
                if self.is_allowed
                else f"no binding gives {self.right} here"
            )
        grant = self.because
        return f"role {grant.role} was given to {grant.subject} on {grant.scope}"


@dataclass(slots=True)
class _Shelf:
    """The grants of one right in one environment, or of the organisation as such.

    Kept apart so that a question about one of a thousand objects looks at the grants on that one.
    """

    wholes: list[Grant] = field(default_factory=list)
    choosing: list[Grant] = field(default_factory=list)
    by_name: dict[str, list[Grant]] = field(default_factory=dict)

    def put(self, grant: Grant) -> None:
        if grant.object_name:
            self.by_name.setdefault(grant.object_name, []).append(grant)
        elif grant.selector is not None:
            self.choosing.append(grant)
        else:
            self.wholes.append(grant)

    def about(self, name: str) -> Iterator[Grant]:
        """Yield those that may be about an object, the cheapest to ask first."""
        yield from self.wholes
        if name:
            yield from self.by_name.get(name, ())
            yield from self.choosing

    def all(self) -> Iterator[Grant]:
        """Yield every one."""
        yield from self.wholes
        for grants in self.by_name.values():
            yield from grants
        yield from self.choosing


_EMPTY = _Shelf()


@dataclass(frozen=True, slots=True)
class Authority:
    """All that somebody may do in one organisation.

    Attributes:
        grants: what was granted.
        is_everything: may do everything everywhere: a platform administrator, or Vamp itself.
        only_rights: of a token: rights beyond these are withheld; None for all that was granted.
        only_environment: of a token: all other environments are withheld; empty for none.
    """

    grants: tuple[Grant, ...] = ()
    is_everything: bool = False
    only_rights: frozenset[str] | None = None
    only_environment: str = ""
    _shelves: Mapping[tuple[str, str], _Shelf] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, grants: Iterable[Grant]) -> Authority:
        """Return what `grants` allow together, ready to be asked often."""
        found = tuple(grants)
        shelves: dict[tuple[str, str], _Shelf] = defaultdict(_Shelf)
        for grant in found:
            for right in grant.rights:
                shelves[right, grant.environment].put(grant)
        return cls(found, _shelves=dict(shelves))

    @property
    def is_unlimited(self) -> bool:
        """True where it is everything, and no token withholds any of it."""
        return self.is_everything and self.only_rights is None and not self.only_environment

    def restricted(self, rights: frozenset[str] | None, environment: str) -> Authority:
        """Return the same as far as a token with these limits passes it on."""
        return replace(self, only_rights=rights, only_environment=environment)

    def decide(self, right: str, target: Target, now_s: float) -> Decision:
        """Say whether `right` is allowed on `target`, and by what."""
        if withheld := self._withheld(right, target):
            return Decision(right, is_allowed=False, withheld_by=withheld)
        if self.is_everything:
            return Decision(right, is_allowed=True)
        because, limit = None, 0
        for grant in self._about(right, target):
            if not grant.gives(right, target, now_s):
                continue
            if grant.max_weight is None:
                return Decision(right, is_allowed=True, because=grant)
            if because is None or grant.max_weight > limit:
                because, limit = grant, grant.max_weight
        if because is None:
            return Decision(right, is_allowed=False)
        return Decision(right, is_allowed=True, because=because, max_weight=limit)

    def allows(self, right: str, target: Target, now_s: float) -> bool:
        """Tell whether `right` is allowed on `target`."""
        return self.decide(right, target, now_s).is_allowed

    def grants_of(self, right: str, environment: str, now_s: float) -> tuple[Grant, ...]:
        """Return the grants that allow `right` on something in `environment`, perhaps not all."""
        if self._withheld(right, Target(environment)):
            return ()
        return tuple(
            grant
            for grant in self._all(right, environment)
            if grant.concerns(right) and not grant.is_over(now_s)
        )

    def reached(self, now_s: float) -> frozenset[str] | None:
        """Return the names of the environments in which anything is allowed; None for all."""
        only = {self.only_environment} if self.only_environment else None
        if self.is_everything:
            return None if only is None else frozenset(only)
        live = [grant for grant in self.grants if not grant.is_over(now_s)]
        if any(not grant.environment for grant in live):
            return None if only is None else frozenset(only)
        names = {grant.environment for grant in live}
        return frozenset(names if only is None else names & only)

    def covers(self, grant: Grant, now_s: float) -> list[str]:
        """Return the rights of `grant` that this authority lacks, in order; none where it may be given.

        Nobody gives away what they do not have: as wide, as long, and without a lower limit.
        """
        return sorted(right for right in grant.rights if not self._covers(right, grant, now_s))

    def _covers(self, right: str, wanted: Grant, now_s: float) -> bool:
        if self._withheld(right, Target(wanted.environment)):
            return False
        return self.is_everything or any(
            not held.is_over(now_s) and _is_wider(held, wanted)
            for held in self._all(right, wanted.environment)
        )

    def _about(self, right: str, target: Target) -> Iterator[Grant]:
        for place in _places(target.environment):
            yield from self._shelves.get((right, place), _EMPTY).about(target.name)

    def _all(self, right: str, environment: str) -> Iterator[Grant]:
        for place in _places(environment):
            yield from self._shelves.get((right, place), _EMPTY).all()

    def _withheld(self, right: str, target: Target) -> str:
        if self.only_rights is not None and right not in self.only_rights:
            return "the token, which has fewer rights than its user"
        is_elsewhere = self.only_environment and target.environment != self.only_environment
        if is_elsewhere and right != "organisation.view":
            return f"the token, which is for environment {self.only_environment}"
        return ""


def _places(environment: str) -> tuple[str, ...]:
    """Return where a grant may have been given that counts in `environment`; the widest first."""
    return ("", environment) if environment else ("",)


EVERYTHING = Authority(is_everything=True)
NOTHING = Authority()


def _is_wider(held: Grant, wanted: Grant) -> bool:
    is_as_wide = held.environment in ("", wanted.environment) and (
        held.is_whole
        or (
            held.environment == wanted.environment
            and (held.object_kind, held.object_name, held.selector)
            == (wanted.object_kind, wanted.object_name, wanted.selector)
        )
    )
    return is_as_wide and _is_no_sooner(held, wanted) and _is_no_lower(held, wanted)


def _is_no_sooner(held: Grant, wanted: Grant) -> bool:
    if held.expires_at_s is None:
        return True
    return wanted.expires_at_s is not None and wanted.expires_at_s <= held.expires_at_s


def _is_no_lower(held: Grant, wanted: Grant) -> bool:
    if held.max_weight is None:
        return True
    return wanted.max_weight is not None and wanted.max_weight <= held.max_weight
