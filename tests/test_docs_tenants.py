"""The examples of docs/tenants.md are run, in their order, and must answer what the page says."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path

from tenants.models import Deletion, Organisation
from tenants.services.deletion_run import continue_deletion
from tests.test_docs_api import agrees, client_with_token_of, examples, run

PAGE = (Path(__file__).parent.parent / "docs" / "tenants.md").read_text()


def test_page__every_example__answers_what_it_shows(environment, platform_administrator):
    clients = {"admin": client_with_token_of(platform_administrator)}
    count = 0
    for example in examples(PAGE):
        status, _, body = example.answer()

        actual = run(clients, example.command)

        told = actual.content.decode()
        if status is None:
            assert actual.status_code < HTTPStatus.BAD_REQUEST, (example.command, told)
        else:
            assert actual.status_code == status, (example.command, told)
        if body:
            assert agrees(json.loads(body), json.loads(told)), (example.command, told)
        count += 1
        for pk in Deletion.objects.running().values_list("pk", flat=True):
            continue_deletion(pk)
    assert count >= 12
    assert Organisation.objects.filter(name="acme").exists()
