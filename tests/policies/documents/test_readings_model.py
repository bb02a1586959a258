from policies.documents.readings_model import EntryDocument, SideDocument
from policies.domain.metric import METRICS
from vamp.documents.source import Source
from vamp.documents.yaml import validated


def test_side__every_metric__can_be_written():
    values = dict.fromkeys(METRICS, 0.5)

    side = validated(SideDocument, Source.of({**values, "samples": 3}))

    assert side.values == values


def test_entry__fraction_of_a_second__is_kept():
    entry = validated(EntryDocument, Source.of({"at": 1.25}))

    assert entry.at.timestamp() == 1.25
