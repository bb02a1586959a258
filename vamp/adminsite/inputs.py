"""Fields and the sign-in form, in the admin's look."""

from __future__ import annotations

from typing import Any

from unfold.forms import AuthenticationForm
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

PasswordInput = UnfoldAdminPasswordWidget
CheckBox = UnfoldBooleanWidget
PlainInput = UnfoldAdminTextInputWidget
Select = UnfoldAdminSelectWidget
TextArea = UnfoldAdminTextareaWidget


class SignInForm(AuthenticationForm):
    """Login and password, in the admin's look."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["username"].label = "Login"
        self.fields["username"].widget.attrs |= {
            "placeholder": "organisation/user",
            "autocapitalize": "none",
            "spellcheck": "false",
        }


class SecretInput(UnfoldAdminTextareaWidget):
    """Takes a text of several lines and shows none, not even what was just sent."""

    def format_value(self, value: Any) -> str:
        return ""
