from __future__ import annotations

import pytest

from vamp import errors
from vamp.errors import Fault, VampError


def every_error(base=VampError):
    for kind in base.__subclasses__():
        yield kind
        yield from every_error(kind)


OURS = [kind for kind in every_error() if kind.__module__ == "vamp.errors"]


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_error__of_the_vocabulary__has_status_code_title_and_is_in_the_drawn_tree(kind):
    assert 400 <= kind.status < 600
    assert kind.code == kind.code.lower()
    assert kind.title
    drawn = next(line for line in errors.__doc__.splitlines() if f" {kind.__name__} " in line)
    assert f" {kind.status} " in drawn


def test_error__without_words__says_its_title():
    assert str(errors.NotFound()) == "Not found"


def test_error__with_faults__says_them_all():
    error = errors.Invalid(
        faults=[
            Fault("/routes/0/weight", "is no percentage", "write 12.5%", line=7, column=3),
            Fault("", "the weights total 90%"),
        ]
    )

    assert str(error) == (
        "/routes/0/weight (line 7, column 3): is no percentage; write 12.5%;"
        " document: the weights total 90%"
    )


def test_error__with_words_and_faults__keeps_both():
    fault = Fault("/name", "is taken", line=2)
    error = errors.Conflict("Nothing was changed.", faults=[fault])

    assert error.message == "Nothing was changed."
    assert error.faults == (fault,)
    assert str(fault) == "/name (line 2): is taken"


def test_stale__of_its_family__is_a_conflict_with_a_status_of_its_own():
    assert issubclass(errors.Stale, errors.Conflict)
    assert (errors.Stale.status, errors.Conflict.status) == (412, 409)
