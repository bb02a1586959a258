import json
from datetime import UTC, datetime, timedelta

from tests.contracts.test_metrics import NOON, rollup
from vamp.drivers.elasticsearch.indices import IndexFamily
from vamp.drivers.metrics import elasticsearch_copying as copying
from vamp.drivers.metrics.elasticsearch_mapping import document, identity
from vamp.ports.metrics import Tally

FAMILY = IndexFamily("vamp", "acme", "production", "rollup")


def hit(each, order):
    return {"_id": identity(each), "_source": json.loads(document(each)), "sort": order}


def test_page_of__a_short_one__is_the_last_and_whole():
    wanted = [rollup(1), rollup(2)]

    found, after = copying.page_of(
        {"hits": {"hits": [hit(each, [n]) for n, each in enumerate(wanted)]}}
    )

    assert after is None
    assert [(each.start, each.count, each.statuses) for each in found] == [
        (each.start, each.count, each.statuses) for each in wanted
    ]
    assert [identity(each) for each in found] == [identity(each) for each in wanted]


def test_page_of__a_full_one__leaves_the_last_place_to_the_next(monkeypatch):
    monkeypatch.setattr(copying, "PAGE", 3)
    hits = [hit(rollup(1), ["a"]), hit(rollup(2), ["b"]), hit(rollup(3), ["b"])]

    found, after = copying.page_of({"hits": {"hits": hits}})

    assert (len(found), after) == (1, ["a"])


def test_page_of__a_full_one_of_one_place__goes_on_behind_it(monkeypatch):
    monkeypatch.setattr(copying, "PAGE", 2)

    found, after = copying.page_of({"hits": {"hits": [hit(rollup(n), ["a"]) for n in (1, 2)]}})

    assert (len(found), after) == (2, ["a"])


def test_questions__of_a_span__name_its_days_and_nothing_of_others():
    asked = copying.rollups_question(FAMILY, NOON, NOON + timedelta(hours=1), [1, "a", "b", "c"])

    assert asked.indices == "vamp-acme-production-rollup-2026.03.01"
    assert asked.body["search_after"] == [1, "a", "b", "c"]
    assert copying.tallies_question(FAMILY, step_us=10).indices == FAMILY.pattern


def test_tallies_answer__buckets__are_by_start_of_step():
    buckets = [{"key": 3_600_000_000.0, "doc_count": 2, "count": {"value": 9.0}}]

    found = copying.tallies_answer({"aggregations": {"steps": {"buckets": buckets}}})

    assert found == {datetime(1970, 1, 1, 1, tzinfo=UTC): Tally(2, 9)}
    assert copying.tallies_answer({}) == {}
