from __future__ import annotations

from django.forms.models import modelform_factory

from tenants.forms import EnvironmentForm, parted
from tenants.models import Environment


def test_parted__secrets_that_were_given__are_taken_apart():
    fields = {"title": "Shop", "secret_kv": "token:x", "secret_events": ""}

    assert parted(fields) == ({"title": "Shop"}, {"kv": "token:x"})


def test_environment_form__shown_with_what_was_sent__holds_no_secret():
    kind = modelform_factory(Environment, form=EnvironmentForm, fields=["title"])

    form = kind(data={"secret_scheduler": "hunter2"})

    assert "hunter2" not in str(form["secret_scheduler"])
