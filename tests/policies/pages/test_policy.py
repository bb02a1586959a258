from __future__ import annotations

from policies.models import PolicyVersion, ReleasePolicy
from policies.pages.policy import EXAMPLE
from tenants.pages.page import address


def test_create__example__makes_a_policy(environment, person, client):
    client.force_login(person)

    answer = client.post(address("policy-new", environment), {"document": EXAMPLE, "save": "1"})

    assert answer.headers["Location"] == address("policy", environment, "canary")
    assert ReleasePolicy.objects.in_environment(environment).get().version == 1


def test_change__preview_then_save__makes_a_new_version(environment, person, client):
    client.force_login(person)
    client.post(address("policy-new", environment), {"document": EXAMPLE, "save": "1"})
    page, text = address("policy", environment, "canary"), EXAMPLE.replace("10%", "20%")

    preview = client.post(page, {"document": text, "preview": "1"})
    assert any(line.kind == "added" for line in preview.context["diff"])
    assert PolicyVersion.objects.in_environment(environment).count() == 1

    client.post(page, {"document": text, "save": "1"})
    assert PolicyVersion.objects.in_environment(environment).count() == 2


def test_change__unknown_metric__is_told_at_its_line(environment, person, client):
    client.force_login(person)
    wrong = EXAMPLE.replace("success_ratio", "sucess_ratio", 1)

    page = client.post(address("policy-new", environment), {"document": wrong, "save": "1"})

    assert page.status_code == 400
    assert page.context["faults"][0].line == 7
    assert not ReleasePolicy.objects.in_environment(environment).exists()


def test_remove__name_typed__is_gone(environment, person, client):
    client.force_login(person)
    client.post(address("policy-new", environment), {"document": EXAMPLE, "save": "1"})

    client.post(address("policy-remove", environment, "canary"), {"name": "canary"})

    assert not ReleasePolicy.objects.in_environment(environment).exists()
