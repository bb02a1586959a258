from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import RequestFactory
from django.urls import get_resolver

from vamp.pages.failure import server_error


@pytest.fixture
def request_():
    return RequestFactory().get("/admin/")


def answer_to(error, request):
    try:
        raise error
    except type(error):
        return server_error(request)


def test_server_error__database_away__is_a_503_to_be_tried_again(request_):
    answer = answer_to(OperationalError(2002, "Can't connect to server on 'db'"), request_)

    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert b"'db'" not in answer.content


def test_server_error__defect_of_ours__stays_a_500(request_):
    assert answer_to(ZeroDivisionError(), request_).status_code == 500


def test_server_error__of_our_addresses__is_what_django_asks():
    assert get_resolver().resolve_error_handler(500) is server_error
