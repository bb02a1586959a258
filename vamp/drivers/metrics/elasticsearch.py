"""The metrics store on Elasticsearch: rollups as documents in dated indices, added up there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from vamp.drivers.elasticsearch.bulk import Action, creation
from vamp.drivers.elasticsearch.cluster import Cluster, Question
from vamp.drivers.elasticsearch.indices import IndexFamily
from vamp.drivers.lines.elasticsearch_mapping import TRAFFIC
from vamp.drivers.metrics.elasticsearch_copying import (
    page_of,
    rollups_question,
    tallies_answer,
    tallies_question,
)
from vamp.drivers.metrics.elasticsearch_mapping import ROLLUP, document, identity, older_than
from vamp.drivers.metrics.elasticsearch_questions import (
    series_answers,
    series_questions,
    traffic_answers,
    traffic_questions,
)
from vamp.drivers.observed import observed
from vamp.dsn import Dsn
from vamp.ports.checks import Checked
from vamp.ports.metrics import Rollup, RollupsRefused, Tally, Traffic, Window

_NAME = "elasticsearch"
_TEMPLATES = (ROLLUP, TRAFFIC)


class ElasticsearchMetrics:
    """Implements `vamp.ports.metrics.MetricsStore`. Safe between threads and over forks.

    **What was written counts at once**: before each question the indices of the days asked about
    are refreshed. One tick a second makes that one refresh a second for an environment with
    releases under way, which is what Elasticsearch does to a searched index by itself; an
    environment that nobody asks about pays nothing. Refreshing with each write would cost one for
    every agent and span instead, and waiting for a refresh would hold watermarks back by a second.
    """

    def __init__(self, cluster: Cluster, organisation: str, environment: str) -> None:
        """Take one environment's indices of `cluster`; asks nothing yet.

        Raises:
            ValueError: a name is no DNS label.
        """
        self._cluster = cluster
        self._family = IndexFamily(cluster.prefix, organisation, environment, ROLLUP.kind)

    @classmethod
    def from_dsn(cls, dsn: Dsn, *, organisation: str, environment: str) -> ElasticsearchMetrics:
        """Open ``elasticsearch://[user:password@]host:port/prefix[?tls=off|ca=/path&api_key=…]``.

        Raises:
            Invalid: the URL cannot be used.
        """
        return cls(Cluster(dsn), organisation, environment)

    def write(self, rollups: Sequence[Rollup]) -> None:
        """See the port. Cost: one request for every 2,000 rollups, about 0.1 ms a rollup there."""
        actions = [self._action(rollup) for rollup in rollups]
        if not actions:
            return
        with observed(_NAME, "write_rollups"):
            stored = self._cluster.store(ROLLUP, actions)
            if stored.refused:
                raise RollupsRefused(
                    {rollups[place].id: reason for place, reason in stored.refused.items()}
                )

    def traffic(self, windows: Sequence[Window]) -> Sequence[Traffic]:
        """See the port. Cost: one refresh and one ``_msearch``, however many windows."""
        asked = {window for window in windows if window.start < window.end}
        if not asked:
            return [Traffic()] * len(windows)
        found: dict[Window, Traffic] = {}
        with observed(_NAME, "traffic"):
            parts = list(traffic_questions(self._family, asked))
            answers = self._fresh([question for _, question in parts], asked)
            for (part, _), answer in zip(parts, answers, strict=True):
                found.update(zip(part, traffic_answers(answer), strict=False))  # none: no index
        return [found.get(window, Traffic()) for window in windows]

    def series(self, window: Window, *, step_s: float) -> Sequence[tuple[datetime, str, Traffic]]:
        """See the port. Cost: one refresh and one ``_msearch``.

        Raises:
            ValueError: `step_s` is shorter than a microsecond.
        """
        step_us = round(step_s * 1_000_000)
        if step_us < 1:
            raise ValueError("a step of a series must be longer than nothing")
        if window.start >= window.end:
            return []
        with observed(_NAME, "series"):
            questions = list(series_questions(self._family, window, step_us=step_us))
            answers = self._fresh(questions, [window])
            found = [point for answer in answers for point in series_answers(answer)]
        return sorted(found, key=lambda point: point[:2])

    def tallies(self, *, step_s: float) -> Mapping[datetime, Tally]:
        """See the port. Cost: one refresh and one search over all days."""
        step_us = round(step_s * 1_000_000)
        with observed(_NAME, "tallies"):
            self._cluster.refresh(self._family.pattern)
            question = tallies_question(self._family, step_us=step_us)
            return tallies_answer(self._cluster.search([question])[0])

    def rollups(self, start: datetime, end: datetime) -> Iterator[Rollup]:
        """See the port. Cost: one refresh, and a search for every 2,000."""
        with observed(_NAME, "refresh"):
            self._cluster.refresh(self._family.between([(start, end)]))
        after: Sequence[Any] | None = None
        while True:
            with observed(_NAME, "read_rollups"):
                question = rollups_question(self._family, start, end, after)
                found, after = page_of(self._cluster.search([question])[0])
            yield from found
            if after is None:
                return

    def places(self) -> Sequence[str]:
        """See the port. Cost: one request."""
        with observed(_NAME, "places"):
            return self._cluster.names(self._family)

    def prune(self, *, before: datetime) -> int:
        """See the port. Cost: whole days go with their index; the edge day by a query."""
        with observed(_NAME, "prune_rollups"):
            return self._cluster.prune(self._family, before=before, older=older_than(before))

    def check(self) -> Checked:
        """See the port. Looks at the templates of raw log lines too, which lie beside the rollups."""
        with observed(_NAME, "check"):
            return self._cluster.check(self._family.tenant_pattern, _TEMPLATES)

    def prepare(self) -> None:
        """See the port. Puts the templates of rollups and of raw log lines."""
        with observed(_NAME, "prepare"):
            self._cluster.prepare(_TEMPLATES)

    def _fresh(self, questions: Sequence[Question], windows: Any) -> Sequence[Any]:
        indices = self._family.between((window.start, window.end) for window in windows)
        self._cluster.refresh(indices)
        return self._cluster.search(questions)

    def _action(self, rollup: Rollup) -> Action:
        return creation(self._family.of(rollup.start), identity(rollup), document(rollup))
