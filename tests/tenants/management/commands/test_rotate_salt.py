from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenants.connections import namespaces
from tenants.secrets import INSTALLATION
from tests.away import no_store
from tests.factories import PASSWORD, organisation_named, user_of


def rotated(*arguments):
    out = StringIO()
    call_command("rotate_salt", *arguments, stdout=out)
    return out.getvalue()


def test_rotate_salt__of_an_organisation__says_the_new_one(db):
    user = user_of(organisation_named("acme"))

    said = rotated("acme")

    new = namespaces.document(user.organisation).salt
    assert said == f"new salt {new}; passwords move to it as people sign in\n"
    assert new != user.password_salt
    assert user.check_password(PASSWORD)
    user.refresh_from_db()
    assert user.password_salt == new


def test_rotate_salt__without_one__is_the_installations(db):
    user_of(None, "root")

    rotated()

    assert len(namespaces.document(INSTALLATION).salts) == 2


def test_rotate_salt__drop__says_what_went(db):
    user_of(organisation_named("acme"))

    assert rotated("acme", "--drop") == "old salts dropped: none\n"


def test_rotate_salt__unknown_organisation__is_refused(db):
    with pytest.raises(CommandError, match="there is no organisation nowhere"):
        rotated("nowhere")


def test_rotate_salt__store_away__says_so(db, settings):
    organisation_named("acme")

    with no_store(settings), pytest.raises(CommandError):
        rotated("acme")
