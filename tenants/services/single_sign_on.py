"""Single sign-on of an organisation: its provider, who it lets in, and into which groups.

A provider speaks for one organisation. Whatever it claims, nobody becomes anybody of another
organisation, nor a platform administrator, by it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict

from tenants import events
from tenants.models import IdentityProvider, Organisation, SsoGroupMapping, User
from tenants.names import validate_label
from tenants.services.memberships import set_membership
from vamp import audit, outbox
from vamp.databases import DEFAULT
from vamp.errors import Fault, Invalid, NotAllowed

ACTOR = "vamp:sso"
MOST_GROUPS = 200
"""Groups of a claim that are looked at: a provider that lists all of a company's is no reason to."""

Mappings = Sequence[tuple[str, str]]
"""(value of the claim, name of the group)."""


def set_provider(
    organisation: Organisation, *, groups: Mappings, actor: str, **fields: Any
) -> IdentityProvider:
    """Say by which provider the organisation's people sign in. Replaces what was there.

    Args:
        organisation: whose.
        groups: which claimed groups make members of which groups.
        actor: who does it, for the audit trail.
        fields: of `IdentityProvider`; the client's secret is the organisation's secret ``sso``.

    Raises:
        Invalid: a field is wrong; every fault is listed.
    """
    with transaction.atomic(using=DEFAULT):
        # One after the other: the second finds what the first one made, and tells it as it was.
        whose = Organisation.objects.using(DEFAULT).select_for_update().filter(pk=organisation.pk)
        list(whose.values_list("pk"))
        held = IdentityProvider.objects.using(DEFAULT).filter(organisation=organisation).first()
        provider = IdentityProvider(
            organisation=organisation, pk=held.pk if held else None,
            **({"created_at": held.created_at} if held else {}), **fields,
        )  # fmt: skip
        if faults := [*_field_faults(provider), *_group_faults(groups)]:
            raise Invalid(faults=faults)
        before = _told(held) if held else None
        provider.save(using=DEFAULT)
        rows = SsoGroupMapping.objects.using(DEFAULT)
        rows.filter(organisation=organisation).delete()
        rows.bulk_create(
            SsoGroupMapping(organisation=organisation, claim_value=value, group_name=name)
            for value, name in dict.fromkeys(groups)
        )
        _tell(organisation, "organisation.sign_on_set", actor, before, _told(provider))
    return provider


def remove_provider(organisation: Organisation, *, actor: str) -> None:
    """Take the provider away; its people keep their users, and nobody signs in by it. Idempotent.

    The secret stays in the key-value store until it is forgotten there.
    """
    held = IdentityProvider.objects.filter(organisation=organisation).first()
    if held is None:
        return
    with transaction.atomic(using=DEFAULT):
        before = _told(held)
        SsoGroupMapping.objects.using(DEFAULT).filter(organisation=organisation).delete()
        # Another provider would call other people by the same identifiers.
        SocialAccount.objects.using(DEFAULT).filter(provider=organisation.name).delete()
        held.delete()
        _tell(organisation, "organisation.sign_on_removed", actor, before, None)


def admit(provider: IdentityProvider, claims: Mapping[str, Any]) -> User:
    """Return who signs in for the first time with `claims`, made where there is no such user.

    Args:
        provider: who claims it; its organisation is loaded.
        claims: of the identity, verified.

    Raises:
        NotAllowed: this person does not get in; the message says why, fit to show to them.
    """
    organisation = provider.organisation
    login = login_of(provider, claims)
    found: User | None = User.objects.using(DEFAULT).filter(login=login).first()
    if found is None:
        return _made(provider, login, claims)
    if found.organisation_id != organisation.pk or found.is_superuser:
        raise NotAllowed("This user does not sign in by single sign-on.")
    if not provider.takes_over_users or _is_linked(found):
        raise NotAllowed(
            f"There is a user {login} already, who is not this person as far as Vamp knows."
            " An administrator of the organisation can allow taking over users."
        )
    return found


def check_known(provider: IdentityProvider, user: User) -> None:
    """Refuse somebody whom the provider may not speak for, though they once signed in by it.

    Raises:
        NotAllowed: switched off, of another organisation, or a platform administrator.
    """
    if user.organisation_id != provider.organisation_id or user.is_platform_administrator:
        raise NotAllowed("This user does not sign in by single sign-on.")
    if not user.is_active:
        raise NotAllowed(f"{user.login} is switched off. Ask an administrator of the organisation.")


def login_of(provider: IdentityProvider, claims: Mapping[str, Any]) -> str:
    """Return the login that the claims stand for: always one of the provider's organisation.

    Raises:
        NotAllowed: the claim is missing or holds nothing that a login may consist of.
    """
    value = claims.get(provider.login_claim)
    text = re.sub(r"[^a-z0-9._-]+", "-", value.lower()) if isinstance(value, str) else ""
    name = text.strip("-._")[:63].strip("-._")
    if not name:
        raise NotAllowed(
            f"The identity provider did not say who you are: its claim {provider.login_claim} is"
            " missing or empty. An administrator of the organisation can name another claim."
        )
    return f"{provider.organisation.name}/{name}"


def apply_groups(user: User, groups: Collection[str]) -> list[str]:
    """Bring the user's groups in line with the groups that the provider just claimed.

    Groups to which no mapping of the organisation leads are left alone.

    Returns:
        Names of the groups that the claim leads to.
    """
    if user.organisation is None:
        return []
    mappings = list(SsoGroupMapping.objects.using(DEFAULT).filter(organisation=user.organisation))
    claimed = set(list(groups)[:MOST_GROUPS])
    wanted = sorted({each.group_name for each in mappings if each.claim_value in claimed})
    set_membership(user, wanted, among={each.group_name for each in mappings}, actor=ACTOR)
    return wanted


def groups_in(provider: IdentityProvider, claims: Mapping[str, Any]) -> list[str] | None:
    """Return the groups that `claims` list; None where groups are to be left alone."""
    if not provider.groups_claim:
        return None
    value = claims.get(provider.groups_claim, [])
    listed = [value] if isinstance(value, str) else value
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []


def _made(provider: IdentityProvider, login: str, claims: Mapping[str, Any]) -> User:
    if not provider.makes_users:
        raise NotAllowed(
            f"There is no user {login}. Ask an administrator of the organisation to make it."
        )
    user = User(
        login=login,
        organisation=provider.organisation,
        full_name=str(claims.get("name") or "")[:127],
        email=_email(claims),
    )
    user.set_unusable_password()
    try:
        user.full_clean(exclude=["password"], validate_unique=False)
        with transaction.atomic(using=DEFAULT):
            user.save(using=DEFAULT)
            audit.record(
                ACTOR, "user.created", "user", login, using=DEFAULT,
                organisation=provider.organisation.name,
            )  # fmt: skip
            outbox.emit(
                events.USER_CREATED, using=DEFAULT, organisation=provider.organisation.name,
                payload={"name": login},
            )  # fmt: skip
    except (ValidationError, IntegrityError):
        raise NotAllowed(f"The login {login} cannot be used. Ask an administrator.") from None
    return user


def _email(claims: Mapping[str, Any]) -> str:
    value = claims.get("email")
    is_one = isinstance(value, str) and re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value)
    return str(value) if is_one else ""


def _is_linked(user: User) -> bool:
    return bool(SocialAccount.objects.using(DEFAULT).filter(user=user).exists())


def _field_faults(provider: IdentityProvider) -> list[Fault]:
    try:
        provider.clean_fields(exclude=["organisation"])
    except ValidationError as error:
        return [
            Fault(f"/{name}", message)
            for name, messages in error.message_dict.items()
            for message in messages
        ]
    return []


def _group_faults(groups: Mappings) -> list[Fault]:
    faults = []
    for index, (value, name) in enumerate(groups):
        if not 0 < len(value) <= 255:
            faults.append(Fault(f"/groups/{index}/claim", "a group has 1 to 255 characters"))
        try:
            validate_label(name)
        except ValidationError as error:
            faults += [Fault(f"/groups/{index}/group", message) for message in error.messages]
    return faults


def _told(provider: IdentityProvider) -> dict[str, Any]:
    groups = SsoGroupMapping.objects.filter(organisation=provider.organisation)
    fields = model_to_dict(provider, exclude=["id", "organisation"])
    return fields | {
        "groups": [{"claim": each.claim_value, "group": each.group_name} for each in groups]
    }


def _tell(
    organisation: Organisation,
    verb: str,
    actor: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    audit.record(
        actor, verb, "organisation", organisation.name, using=DEFAULT,
        organisation=organisation.name, before=before, after=after,
    )  # fmt: skip
    outbox.emit(
        events.SIGN_IN_CHANGED, using=DEFAULT, organisation=organisation.name,
        payload={"single_sign_on": after is not None},
    )  # fmt: skip
