"""Query parameters are checked like bodies; what is not understood never changes anything."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.http import QueryDict

from tenants.api.audit import AuditQuery
from vamp.api.pagination import NumberedPages
from vamp.api.query import NoQuery, WriteQuery

PAGED = SimpleNamespace(pagination_class=NumberedPages)


def read(form, text, view=None):
    return form(data=QueryDict(text), context={"view": view})


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", False), ("dry_run=true", True), ("dry_run=1", True), ("dry_run=false", False)],
)
def test_query__known_parameter__is_converted(text, expected):
    form = read(WriteQuery, text)

    assert form.is_valid()
    assert form.validated_data == {"dry_run": expected}


@pytest.mark.parametrize("text", ["dry_run", "dry_run=", "dryrun=true", "dry_run=perhaps"])
def test_query__dry_run_not_understood__is_refused_and_not_taken_for_a_real_change(text):
    form = read(WriteQuery, text)

    assert not form.is_valid()
    assert set(form.errors) == {text.partition("=")[0]}


def test_query__several_faults__are_told_at_once_with_what_is_known():
    form = read(WriteQuery, "dry_run=&b=1&a=2")

    assert not form.is_valid()
    assert set(form.errors) == {"a", "b", "dry_run"}
    assert form.errors["a"] == ["unknown parameter; known here: dry_run"]
    assert form.errors["dry_run"] == ["this parameter has no value"]


def test_query__address_without_parameters__says_that_there_are_none():
    form = read(NoQuery, "x=1")

    assert not form.is_valid()
    assert form.errors["x"] == ["unknown parameter; known here: none"]


def test_query__pages__are_known_where_answers_have_pages_only():
    assert read(NoQuery, "page=2&per_page=5", PAGED).is_valid()
    assert not read(NoQuery, "page=2", SimpleNamespace(pagination_class=None)).is_valid()
    assert not read(NoQuery, "page=2").is_valid()


def test_query__empty_filter__does_not_list_everything():
    assert not read(AuditQuery, "actor=", PAGED).is_valid()
