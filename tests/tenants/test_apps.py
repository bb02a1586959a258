from django.apps import apps
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from tenants.signals import remember_origin


def test_app__once_ready__hears_who_comes_and_goes():
    for signal in (user_logged_in, user_logged_out, user_login_failed):
        assert any("tenants.sign_ins" in str(receiver[0]) for receiver in signal.receivers)


def test_ready__at_start__listens_to_sign_ins():
    assert apps.get_app_config("tenants").name == "tenants"
    receivers = list(user_logged_in._live_receivers(None)[0])
    assert remember_origin in receivers
