"""Fields in the admin's look: what they ask for, and what they never show."""

from __future__ import annotations

from vamp.adminsite.inputs import SecretInput, SignInForm


def test_secret_input__text_was_just_sent__shows_nothing_of_it():
    shown = SecretInput().render("key", "token:s3cret\nsecond line")

    assert "s3cret" not in shown
    assert "second line" not in shown


def test_sign_in_form__shown__asks_for_the_login_in_its_form(rf):
    field = SignInForm(rf.get("/")).fields["username"]

    assert field.label == "Login"
    assert field.widget.attrs["placeholder"] == "organisation/user"
