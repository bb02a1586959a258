from __future__ import annotations

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed


def test_app__once_ready__hears_who_comes_and_goes():
    for signal in (user_logged_in, user_logged_out, user_login_failed):
        assert any("tenants.sign_ins" in str(receiver[0]) for receiver in signal.receivers)
