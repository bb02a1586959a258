from __future__ import annotations

from gateways.documents.findings import finding
from vamp.documents.yaml import read_documents


def test_finding__that_rests_on_a_doubtful_value__says_so():
    found = finding("/routes", "weights", "wrong", depends=("/routes/0/weight",))

    assert found.rests_on(["/routes/0/weight"])
    assert found.rests_on(["/routes/0"])
    assert not found.rests_on(["/routes/1", "/routes/0/name"])
    assert finding("/port", "x", "wrong").rests_on(["/port"])


def test_finding__placed__has_the_line_and_column_of_its_offset():
    (source,) = read_documents("a: 1\nb: 'xyz'\n")

    fault = finding("/b", "x", "wrong", offset=1).placed(source)

    assert (fault.line, fault.column) == (2, 6)
