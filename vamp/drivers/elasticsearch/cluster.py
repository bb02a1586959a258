"""One Elasticsearch as the drivers use it: written, asked, refreshed and pruned in one place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from vamp.drivers.elasticsearch import bulk, retention
from vamp.drivers.elasticsearch.check import check_elasticsearch
from vamp.drivers.elasticsearch.client import check, client_of, port_errors, reason_of, refusal
from vamp.drivers.elasticsearch.indices import IndexFamily, prefix_of
from vamp.drivers.elasticsearch.templates import Template, TemplateKeeper, forget, present
from vamp.dsn import Dsn
from vamp.ports.checks import Checked
from vamp.ports.errors import PortError, PortUnavailable

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


@dataclass(frozen=True, slots=True)
class Question:
    """One search of a ``_msearch``.

    Attributes:
        indices: names or patterns by comma, never empty; those that do not exist count as empty.
        body: of the search.
    """

    indices: str
    body: Mapping[str, Any]

    def lines(self) -> Iterator[Mapping[str, Any]]:
        """Yield the two lines that ask it. Part of an answer is no answer."""
        yield {
            "index": self.indices,
            "ignore_unavailable": True,
            "allow_no_indices": True,
            "allow_partial_search_results": False,
        }
        yield self.body


class Cluster:
    """What a URL ``elasticsearch://…`` names. Safe between threads and over forks.

    Attributes:
        prefix: of the names of its indices.
    """

    def __init__(self, dsn: Dsn) -> None:
        """Check the URL; nothing is opened before it is needed.

        Raises:
            Invalid: it cannot be used.
        """
        check(dsn)
        self.prefix = prefix_of(dsn)
        self._dsn = dsn

    @property
    def client(self) -> Elasticsearch:
        """This process's client."""
        return client_of(self._dsn)

    def store(self, template: Template, actions: Sequence[bulk.Action]) -> bulk.Stored:
        """Create documents of the kind of `template`, each once. See `bulk.store`.

        Raises:
            PortError: not all of them are stored; sending all again is harmless.
        """
        keeper = _keeper_of(self.client)
        keeper.ensure(template, self.prefix)
        try:
            return bulk.store(self.client, actions)
        except PortUnavailable:
            keeper.forget()
            raise

    def refresh(self, indices: str) -> None:
        """Let searches see all that was written to `indices`, names by comma; not empty.

        Raises:
            PortUnavailable: some of it cannot be seen at present.
        """
        with port_errors():
            shards = self.client.indices.refresh(index=indices, ignore_unavailable=True)["_shards"]
        if shards["failed"]:
            raise PortUnavailable(f"Elasticsearch cannot refresh {shards['failed']} of its shards")

    def search(self, questions: Sequence[Question]) -> Sequence[Mapping[str, Any]]:
        """Ask all of `questions` in one request; return an answer each, in their order.

        Raises:
            PortUnavailable: one of them cannot be answered, or not whole. So too for some tenths of
                a second where an index is being made, after a day's first document: the same is
                said of a shard that comes back with documents, and those must not be left out.
            PortRefused: one of them is wrong, or its answer too large.
        """
        if not questions:
            return []
        lines = [line for question in questions for line in question.lines()]
        with port_errors():
            answers = self.client.msearch(
                searches=lines,
                filter_path="responses.aggregations,responses.hits.hits,responses.status,"
                "responses.error,responses.timed_out",
            )["responses"]
        for answer in answers:
            if "error" in answer:
                raise refusal(int(answer["status"]), reason_of(answer))
            if answer.get("timed_out"):
                raise PortUnavailable("Elasticsearch did not finish a search in time")
        return list(answers)

    def count(self, index: str) -> int:
        """Return how many documents an index holds, those just written included; 0 for none."""
        self.refresh(index)
        with port_errors():
            return int(self.client.count(index=index, ignore_unavailable=True)["count"])

    def scan(self, index: str) -> Iterator[Mapping[str, Any]]:
        """Yield every document of an index with its id, in no order. A request for 2,000."""
        from elasticsearch.helpers import scan

        with port_errors():
            yield from scan(self.client, index=index, size=2_000, ignore_unavailable=True)

    def names(self, family: IndexFamily) -> Sequence[str]:
        """Return the names of the family's indices, the oldest first."""
        with port_errors():
            found = self.client.indices.get(index=family.pattern, filter_path="*.aliases")
        return sorted(name for name in found if family.day_of(name) is not None)

    def prune(self, family: IndexFamily, *, before: datetime, older: Mapping[str, Any]) -> int:
        """Forget documents. See `retention.prune`."""
        return retention.prune(self.client, family, before=before, older=older)

    def check(self, pattern: str, templates: Sequence[Template]) -> Checked:
        """Look whether the indices of `pattern` can be used. See `check_elasticsearch`."""
        try:
            client = self.client
        except PortError as error:
            return Checked.failed("Elasticsearch", str(error))
        return check_elasticsearch(client, pattern=pattern, prefix=self.prefix, templates=templates)

    def templates(self) -> Sequence[str]:
        """Return the names of our templates that are there."""
        return present(self.client, self.prefix)

    def forget_templates(self, *, but: Collection[str]) -> None:
        """Remove our templates, apart from some by their names; the next write makes its own anew."""
        forget(self.client, self.prefix, but=but)
        _keeper_of(self.client).forget()

    def prepare(self, templates: Sequence[Template]) -> None:
        """Put `templates` where they are not there in this version.

        Raises:
            PortError: one cannot be put.
        """
        keeper = _keeper_of(self.client)
        keeper.forget()
        for template in templates:
            keeper.ensure(template, self.prefix)


_keepers: WeakKeyDictionary[Elasticsearch, TemplateKeeper] = WeakKeyDictionary()


def _keeper_of(client: Elasticsearch) -> TemplateKeeper:
    """Return the keeper of a client, which lives as long as that."""
    return _keepers.setdefault(client, TemplateKeeper(client))
