"""Addresses of signing in and of one's own account; those with a `_` are named as allauth asks."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from tenants.pages import account, colleague, factors, sign_in

_second_factor = [
    path("", factors.Authenticate.as_view(), name="mfa_authenticate"),
    path("again/", factors.AgainByCode.as_view(), name="mfa_reauthenticate"),
    path("app/", factors.ActivateTotp.as_view(), name="mfa_activate_totp"),
    path("app/remove/", factors.DeactivateTotp.as_view(), name="mfa_deactivate_totp"),
    path("codes/", factors.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path("codes/new/", factors.NewRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"),
    path(
        "codes/download/",
        factors.DownloadRecoveryCodes.as_view(),
        name="mfa_download_recovery_codes",
    ),
    path("key/add/", factors.AddKey.as_view(), name="mfa_add_webauthn"),
    path("key/again/", factors.AgainByKey.as_view(), name="mfa_reauthenticate_webauthn"),
    path("key/<int:pk>/name/", factors.RenameKey.as_view(), name="mfa_edit_webauthn"),
    path("key/<int:pk>/remove/", factors.RemoveKey.as_view(), name="mfa_remove_webauthn"),
]

_account: list[URLPattern | URLResolver] = [
    path("", account.overview, name="mfa_index"),
    path("sessions/end/", account.end_sessions, name="account-sessions-end"),
    path("inactive/", sign_in.inactive, name="account_inactive"),
    path("again/", factors.Again.as_view(), name="account_reauthenticate"),
    path("second-factor/", include(_second_factor)),
]

_single_sign_on = [
    path("", sign_in.sign_on, name="sign-on"),
    path("<slug:provider_id>/", sign_in.provider_begin, name="openid_connect_login"),
    path("<slug:provider_id>/return/", sign_in.provider_return, name="openid_connect_callback"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", sign_in.sign_in, name="account_login"),
    path("logout/", sign_in.sign_out, name="account_logout"),
    path("password_change/", account.password, name="account_change_password"),
    path("users/<int:person>/password/", colleague.password, name="user-password"),
    path("single-sign-on/", include(_single_sign_on)),
    path("account/", include(_account)),
]
