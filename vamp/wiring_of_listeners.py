"""What lets an environment's agents hear of publications, and its end. A part of `vamp.wiring`."""

from __future__ import annotations

from collections.abc import Mapping

from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid


def events_agent_key(
    url: str,
    *,
    signing_key: str,
    organisation: str,
    environment: str,
    holder: str,
    key: str = "",
    ends_s: int | None = None,
) -> str:
    """Return what lets an environment's agents hear hints at `url`, and nothing else.

    It is good until `revoke_events_agent_keys` of the same holder; asked again, the user is the same.

    Args:
        url: connection URL of the stream.
        signing_key: seed with which the account signs users (``SA…``).
        organisation: name of the organisation.
        environment: name of the environment.
        holder: who gets it: never used again for anyone else.
        key: the installation's own creds, which say whose account it is where the signing key is
            not the account's own.
        ends_s: seconds since 1970 at which the server refuses it by itself; None for never.

    Returns:
        The contents of a creds file; empty for ``db:``, which needs none.

    Raises:
        Invalid: there is no signing key, or it is none.
    """
    dsn = Dsn.parse(url)
    if dsn.scheme != "nats":
        return ""
    from vamp.drivers.events.nats_users import account_of, agent_credentials

    try:
        return agent_credentials(
            signing_key,
            organisation=organisation,
            environment=environment,
            holder=holder,
            account=account_of(key) if key else "",
            ends_s=ends_s,
        ).to_text()
    except ValueError as error:
        hint = "set VAMP_EVENTS_SIGNING_KEY to an account's signing seed"
        raise Invalid(faults=[Fault("", str(error), hint)]) from None


def revoke_events_agent_keys(
    url: str,
    *,
    signing_key: str,
    operator_key: str,
    system_key: str,
    holders: Mapping[str, int | None],
    key: str = "",
) -> None:
    """Make worthless what `events_agent_key` gave these holders; their connections are closed.

    One process at a time may do this for an account. Idempotent; one made later is good.

    Args:
        url: connection URL of the stream; ``db:`` has nothing to revoke.
        signing_key: as for `events_agent_key`.
        operator_key: seed with which the operator signs accounts (``SO…``).
        system_key: creds of a user of the server's system account.
        holders: as for `events_agent_key` → seconds since 1970: what was made by then is ended;
            None for all that was made by now.
        key: as for `events_agent_key`.

    Raises:
        Invalid: a key is missing or none.
        PortError: the server does not answer, or its accounts cannot be changed.
    """
    dsn = Dsn.parse(url)
    if dsn.scheme != "nats" or not holders:
        return
    from vamp.drivers.events.nats_revoking import NatsRevoking
    from vamp.drivers.events.nats_users import account_of, agent_user
    from vamp.drivers.events.nkeys import KeyPair

    try:
        users = {
            agent_user(signing_key, holder).public: until_s for holder, until_s in holders.items()
        }
        account = account_of(key) if key else KeyPair.from_seed(signing_key).public
        revoking = NatsRevoking.from_dsn(dsn, operator_key=operator_key, system_key=system_key)
    except ValueError as error:
        hint = (
            "look at VAMP_EVENTS_SIGNING_KEY, VAMP_EVENTS_OPERATOR_KEY and VAMP_EVENTS_SYSTEM_KEY"
        )
        raise Invalid(faults=[Fault("", str(error), hint)]) from None
    try:
        revoking.revoke(account, users)
    finally:
        revoking.close()
