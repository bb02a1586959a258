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


def test_not_found__signed_in__keeps_the_frame_and_says_what_may_be(person, client):
    client.force_login(person)

    answer = client.get("/admin/tenants/user/999/change/")

    assert answer.status_code == 404
    told = answer.content.decode()
    assert "belong to another organisation" in told
    assert "Who may what" in told  # the sidebar is there to go on from
    assert "999" not in told.replace("/999/", "")


def test_not_found__nobody_signed_in__is_told_plainly(db, client):
    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_not_found__of_the_api__is_a_problem_document(db, client):
    answer = client.get("/api/v1/nowhere")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["type"] == "urn:vamp:problem:not-found"


def test_not_allowed__signed_in__says_why_and_who_could(member, client):
    client.force_login(member)

    answer = client.get("/admin/tenants/rolebinding/add/")

    assert answer.status_code == 403
    told = answer.content.decode()
    assert "can give you a role" in told
    assert "What may I do?" in told
