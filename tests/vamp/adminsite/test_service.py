"""What services refuse, said where the person looks: at the field, above the form, over the list."""

from __future__ import annotations

import pytest
from django import forms
from django.contrib import admin
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from tenants.models import UserSession
from tests.factories import user_of
from vamp.adminsite.service import _refused
from vamp.errors import Fault, Invalid


class Named(forms.Form):
    name = forms.CharField()


def test_refused__fault_of_a_field_and_one_of_none__each_stands_in_its_place():
    faults = [
        Fault("/name/0", "this name is taken", "choose another"),
        Fault("/elsewhere", "this cannot be"),
    ]

    form = _refused(Named, Invalid(faults=faults))({"name": "shop"})

    assert form.errors["name"] == ["this name is taken; choose another"]
    assert form.non_field_errors() == ["this cannot be"]


def test_save__kind_that_is_neither_made_nor_changed__is_refused(rf):
    sessions = admin.site._registry[UserSession]

    with pytest.raises(PermissionDenied, match="is not made here"):
        sessions.create(rf.post("/"), {})
    with pytest.raises(PermissionDenied, match="is not changed here"):
        sessions.change(rf.post("/"), UserSession(), {})


def test_deleting__service_refuses__leads_back_and_says_why(environment, person, client):
    client.force_login(person)
    user = reverse("admin:tenants_user_delete", args=[person.pk])

    answer = client.post(user, {"post": "yes"})

    assert answer.url == reverse("admin:tenants_user_change", args=[person.pk])
    said = [str(each) for each in get_messages(answer.wsgi_request)]
    assert len(said) == 1
    assert said[0].endswith(".")
    person.refresh_from_db()


def test_action__nothing_is_refused__leads_back_to_the_list(environment, person, client):
    bob = user_of(environment.organisation, "bob")
    client.force_login(person)
    here = reverse("admin:tenants_user_changelist")

    answer = client.post(here, {"action": "switch_off", "_selected_action": [bob.pk]})

    assert (answer.status_code, answer.url.partition("?")[0]) == (302, here)
    bob.refresh_from_db()
    assert not bob.is_active
