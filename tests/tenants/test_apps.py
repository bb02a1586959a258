from __future__ import annotations

from django.apps import apps
from django.contrib.auth.signals import user_logged_in

from tenants.signals import remember_origin


def test_ready__at_start__listens_to_sign_ins():
    assert apps.get_app_config("tenants").name == "tenants"
    receivers = list(user_logged_in._live_receivers(None)[0])
    assert remember_origin in receivers
