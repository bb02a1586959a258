"""The audit archive on Elasticsearch: a document an entry, in dated indices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from vamp.drivers.audit.elasticsearch_mapping import AUDIT, document_of, entry_of, older_than
from vamp.drivers.elasticsearch.bulk import creation
from vamp.drivers.elasticsearch.cluster import Cluster, Question
from vamp.drivers.elasticsearch.indices import IndexFamily
from vamp.drivers.observed import observed
from vamp.dsn import Dsn
from vamp.ports.audit import ArchivedEntry

MOST_ASKED = 1_000

_NAME = "elasticsearch"


class ElasticsearchAudit:
    """Implements `vamp.ports.audit.AuditArchive`. Safe between threads and over forks."""

    def __init__(self, cluster: Cluster, organisation: str, environment: str) -> None:
        """Take one namespace's indices of `cluster`; asks nothing yet.

        Args:
            cluster: where.
            organisation: name.
            environment: name; empty for what is the organisation's own.
        """
        self._cluster = cluster
        self._family = IndexFamily(cluster.prefix, organisation, environment, AUDIT.kind)

    @classmethod
    def from_dsn(cls, dsn: Dsn, *, organisation: str, environment: str) -> ElasticsearchAudit:
        """Open the archive beside the metrics of the same URL.

        Raises:
            Invalid: the URL cannot be used.
        """
        return cls(Cluster(dsn), organisation, environment)

    def write(self, entries: Sequence[ArchivedEntry]) -> Mapping[str, str]:
        """See the port. Cost: one request for every 2,000."""
        if not entries:
            return {}
        actions = [
            creation(self._family.of(entry.at), entry.identity, document_of(entry))
            for entry in entries
        ]
        with observed(_NAME, "write_audit"):
            refused = self._cluster.store(AUDIT, actions).refused
        return {entries[place].identity: why for place, why in refused.items()}

    def links(
        self, identities: Sequence[str], *, days: tuple[datetime, datetime]
    ) -> Mapping[str, str]:
        """See the port. Cost: one refresh and one search.

        Raises:
            ValueError: more than `MOST_ASKED` at once.
        """
        if len(identities) > MOST_ASKED:
            raise ValueError(f"at most {MOST_ASKED} entries at once, not {len(identities)}")
        first, last = days
        indices = self._family.between([(first, last + timedelta(microseconds=1))])
        if not identities or not indices:
            return {}
        body = {
            "size": len(identities),
            "track_total_hits": False,
            "_source": ["database", "position", "link"],
            "query": {"ids": {"values": list(identities)}},
        }
        with observed(_NAME, "audit_links"):
            self._cluster.refresh(indices)
            (answer,) = self._cluster.search([Question(indices, body)])
        sources = [hit["_source"] for hit in answer.get("hits", {}).get("hits", ())]
        return {f"{found['database']}:{found['position']}": found["link"] for found in sources}

    def entries(self, database: str, *, after: int, most: int) -> Sequence[ArchivedEntry]:
        """See the port. Cost: one search, over all of the namespace's days; a refresh at first."""
        body = {
            "size": min(most, MOST_ASKED),
            "track_total_hits": False,
            "sort": [{"position": "asc"}],
            "query": {
                "bool": {
                    "filter": [
                        {"term": {"database": database}},
                        {"range": {"position": {"gt": after}}},
                    ]
                }
            },
        }
        indices = self._family.pattern
        with observed(_NAME, "audit_entries"):
            if after <= 0:
                self._cluster.refresh(indices)
            (answer,) = self._cluster.search([Question(indices, body)])
        hits = answer.get("hits", {}).get("hits", ())
        return [entry_of(hit["_source"]) for hit in hits]

    def prune(self, *, before: datetime) -> int:
        """See the port. Cost: whole days go with their index; the edge day by a query."""
        with observed(_NAME, "prune_audit"):
            return self._cluster.prune(self._family, before=before, older=older_than(before))
