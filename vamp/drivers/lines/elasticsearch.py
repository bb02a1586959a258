"""Raw log lines on Elasticsearch: a document a request, in dated indices."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from vamp.drivers.elasticsearch.cluster import Cluster, Question
from vamp.drivers.elasticsearch.indices import IndexFamily
from vamp.drivers.lines.elasticsearch_mapping import TRAFFIC, older_than, query_of, request_of
from vamp.drivers.observed import observed
from vamp.dsn import Dsn
from vamp.ports.lines import LineFilter, LoggedRequest, RawLine

MOST_LINES = 1_000

_NAME = "elasticsearch"
_DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ElasticsearchLines:
    """Implements `vamp.ports.lines.LineStore`. Safe between threads and over forks."""

    def __init__(self, cluster: Cluster, organisation: str, environment: str) -> None:
        """Take one environment's indices of `cluster`; asks nothing yet."""
        self._cluster = cluster
        self._family = IndexFamily(cluster.prefix, organisation, environment, TRAFFIC.kind)

    @classmethod
    def from_dsn(cls, dsn: Dsn, *, organisation: str, environment: str) -> ElasticsearchLines:
        """Open the lines beside the rollups of the same URL, see `ElasticsearchMetrics`.

        Raises:
            Invalid: the URL cannot be used.
        """
        return cls(Cluster(dsn), organisation, environment)

    def write(self, lines: Sequence[RawLine]) -> int:
        """See the port. Cost: half a microsecond a line here, one request for every 2,000."""
        heads: dict[int, bytes] = {}
        actions = []
        for at_ms, identity, document in lines:
            day = at_ms // _DAY_MS
            head = heads.get(day)
            if head is None:
                index = self._family.of(_EPOCH + timedelta(days=day))
                head = heads[day] = b'{"create":{"_index":"%b","_id":"' % index.encode()
            actions.append(b'%b%b"}}\n%b\n' % (head, identity, document))
        if not actions:
            return 0
        with observed(_NAME, "write_lines"):
            return len(self._cluster.store(TRAFFIC, actions).refused)

    def latest(self, wanted: LineFilter, *, limit: int) -> Sequence[LoggedRequest]:
        """See the port. Cost: one refresh and one search, of the days wanted.

        Raises:
            ValueError: `limit` is outside its range.
        """
        if not 1 <= limit <= MOST_LINES:
            raise ValueError(f"from 1 to {MOST_LINES} lines at once, not {limit}")
        indices = self._family.between([(wanted.start, wanted.end)])
        if not indices:
            return []
        body = {
            "size": limit,
            "track_total_hits": False,
            "query": query_of(wanted),
            "sort": [{"at": {"order": "desc", "unmapped_type": "date"}}],
        }
        with observed(_NAME, "latest_lines"):
            self._cluster.refresh(indices)
            (answer,) = self._cluster.search([Question(indices, body)])
            hits = answer.get("hits", {}).get("hits", ())
            return [request_of(hit["_source"]) for hit in hits]

    def places(self) -> Sequence[str]:
        """See the port. Cost: one request."""
        with observed(_NAME, "places"):
            return self._cluster.names(self._family)

    def days(self) -> Mapping[date, int]:
        """See the port. Cost: two requests a day."""
        with observed(_NAME, "days_of_lines"):
            named = {self._family.day_of(name): name for name in self.places()}
            return {day: self._cluster.count(name) for day, name in named.items() if day}

    def of_day(self, day: date) -> Iterator[RawLine]:
        """See the port. Cost: a request for 2,000 lines, which are read while they are taken."""
        for hit in self._cluster.scan(self._family.of_day(day)):
            document = json.dumps(hit["_source"], separators=(",", ":")).encode()
            yield RawLine(int(hit["_source"]["at"]), str(hit["_id"]).encode(), document)

    def prune(self, *, before: datetime) -> int:
        """See the port. Cost: whole days go with their index; the edge day by a query."""
        with observed(_NAME, "prune_lines"):
            return self._cluster.prune(self._family, before=before, older=older_than(before))
