"""Every knob of the installation: one environment variable each, typed, documented here only.

`docs/settings.md` is checked against this class by a test. A secret may also come from a file
named by ``<VARIABLE>_FILE``. The agent has variables of its own, in `gateways.agent`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from vamp import broker_url, database_url, wiring
from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid

ROOT = Path(__file__).resolve().parent.parent

SCHEMES: Mapping[str, Sequence[str]] = {
    "database_url": database_url.SCHEMES,
    "kv_url": wiring.KV_SCHEMES,
    "events_url": wiring.EVENTS_SCHEMES,
    "metrics_url": wiring.METRICS_SCHEMES,
    "broker_url": broker_url.SCHEMES,
}
"""Schemes that a driver exists for, first the embedded one."""


class Variables(BaseSettings):
    """The installation's settings, read from ``VAMP_*``."""

    model_config = SettingsConfigDict(env_prefix="VAMP_", extra="ignore", frozen=True)

    state_dir: Path = Field(
        ROOT / "var", description="Folder of the embedded stores, generated secrets and logs."
    )
    debug: bool = Field(False, description="Django's debug pages. Never where others can reach it.")
    allowed_hosts: str = Field(
        "localhost,127.0.0.1,[::1]",
        description="Host names that the web process answers to, by comma.",
    )
    trusted_origins: str = Field(
        "", description="Origins (https://vamp.example.com) that may send forms, by comma."
    )
    secret_key: str = Field(
        "", description="Signs sessions. Empty: made at first start and kept in the state folder."
    )
    kv_key: str = Field(
        "",
        description="What opens the key-value store. For vault: token:<token> or"
        " approle:<role_id>:<secret_id>. For file: a master key (base64, 32 bytes);"
        " empty: made at first start and kept in the state folder.",
    )
    database_url: str = Field("", description="SQL database. Empty: sqlite:// in the state folder.")
    databases: Annotated[dict[str, str], NoDecode] = Field(
        default_factory=dict,
        description='Dedicated databases of environments, as JSON: {"alias": "url"}.',
    )
    kv_url: str = Field(
        "",
        description="Key-value store: vault://host:port/mount, or file:///path."
        " Empty: file:// in the state folder.",
    )
    events_url: str = Field(
        "db:",
        description="Event stream: nats://[user:password@]host:port[?tls=on&ca=/path], or db:.",
    )
    events_key: str = Field(
        "", description="For nats: contents of the installation's creds file (JWT and seed)."
    )
    events_signing_key: str = Field(
        "",
        description="For nats: seed with which the account signs users (SA…);"
        " users for agents are made with it.",
    )
    events_operator_key: str = Field(
        "",
        description="For nats: seed of the operator, or of one of its signing keys (SO…). With"
        " VAMP_EVENTS_SYSTEM_KEY, what agents were given ends at once with their token or"
        " environment.",
    )
    events_system_key: str = Field(
        "", description="For nats: contents of the creds file of a user of the system account."
    )
    metrics_url: str = Field("db:", description="Metrics store.")
    broker_url: str = Field(
        "", description="Celery's broker. Empty: filesystem:// in the state folder."
    )
    sweep_s: float = Field(
        2.0, gt=0, description="Seconds between sweeps that repair what an event missed."
    )
    tick_s: float = Field(1.0, gt=0, description="Seconds between ticks of the Release Agent.")
    shared_port: int = Field(
        8080, ge=1, le=65535, description="Port on which agents serve gateways that have hosts."
    )
    rollup_retention_days: int = Field(14, ge=1, description="How long rolled-up traffic is kept.")
    lines_retention_days: int = Field(
        3, ge=1, description="How long raw log lines are kept, where a store keeps them."
    )
    event_retention_days: int = Field(30, ge=1, description="How long events are kept.")
    audit_retention_days: int = Field(
        365,
        ge=0,
        description="How long entries of the audit trail that belong to no organisation are kept,"
        " such as log-ins in vain. 0: for ever. Each organisation says it for its own.",
    )
    audit_folder: str = Field(
        "",
        description="Folder for an archive of the audit trail, where the metrics store keeps none."
        " Empty: no archive.",
    )
    agent_timeout_s: float = Field(
        10.0, gt=0, description="An agent that has not reported for so long counts as gone."
    )
    health_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Port on which a process answers probes and Prometheus. 0: none.",
    )
    health_address: str = Field(
        "127.0.0.1", description="Address on which it listens; 0.0.0.0 for all."
    )
    metrics_allow: str = Field(
        "127.0.0.0/8,::1/128",
        description="Networks whose members may read /metrics of the web process, by comma.",
    )
    log_format: str = Field("text", pattern="^(text|json)$", description="text or json.")
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let ``<VARIABLE>_FILE`` stand in for a variable that is not set."""
        return init_settings, env_settings, _FromFiles(settings_cls)

    @field_validator("database_url", "kv_url", "events_url", "metrics_url", "broker_url")
    @classmethod
    def _scheme_is_known(cls, value: str, info: Any) -> str:
        if value:
            _check_scheme(value, SCHEMES[info.field_name])
        return value

    @field_validator("kv_url")
    @classmethod
    def _kv_is_described(cls, value: str, info: Any) -> str:
        if value:
            key = info.data.get("kv_key", "")  # declared before the URL, so it is known by now
            _check_whole(value, lambda url: wiring.check_kv(url, key=key))
        return value

    @field_validator("metrics_allow")
    @classmethod
    def _networks_are_read(cls, value: str) -> str:
        networks_of(value)
        return value

    @field_validator("database_url")
    @classmethod
    def _database_is_described(cls, value: str) -> str:
        if value:
            _check_whole(value, database_url.described)
        return value

    @field_validator("broker_url")
    @classmethod
    def _broker_is_described(cls, value: str) -> str:
        if value:
            _check_whole(value, broker_url.described)
        return value

    @field_validator("databases", mode="before")
    @classmethod
    def _databases_are_read(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value or "{}")
        except ValueError:
            raise ValueError('not JSON; write {"alias": "url"}') from None

    @field_validator("databases")
    @classmethod
    def _databases_are_known(cls, value: dict[str, str]) -> dict[str, str]:
        if "default" in value:
            raise ValueError("default is the database of VAMP_DATABASE_URL; choose another alias")
        for url in value.values():
            _check_scheme(url, SCHEMES["database_url"])
            _check_whole(url, database_url.described)
        return value


def networks_of(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks named in `text`, by comma.

    Raises:
        ValueError: one is no network; the message says which.
    """
    return tuple(ip_network(word.strip()) for word in text.split(",") if word.strip())


def _check_scheme(url: str, known: Sequence[str]) -> None:
    """Raise what pydantic gathers, without the URL, which may hold a secret."""
    try:
        scheme = Dsn.parse(url).scheme
    except Invalid as error:
        raise ValueError("; ".join(fault.message for fault in error.faults)) from None
    if scheme not in known:
        allowed = ", ".join(f"{each}:" for each in known)
        raise ValueError(f"unknown scheme; allowed: {allowed}")


def _check_whole(url: str, read: Callable[[str], object]) -> None:
    """Let `read` look at all of `url`; its faults are gathered like those of other variables."""
    try:
        read(url)
    except Invalid as error:
        raise ValueError("; ".join(_sentence(fault) for fault in error.faults)) from None


def _sentence(fault: Fault) -> str:
    return fault.message + (f" ({fault.hint})" if fault.hint else "")


class _FromFiles(PydanticBaseSettingsSource):
    """Reads ``VAMP_<FIELD>_FILE``, the usual way to hand secrets to a container."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"VAMP_{field_name.upper()}_FILE")
        return (Path(path).read_text().strip() if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}


def load() -> Variables:
    """Read the environment.

    Raises:
        Invalid: one fault for each variable that is wrong; the values are not repeated, since
            they may hold secrets.
    """
    try:
        return Variables()
    except ValidationError as error:
        raise Invalid(
            faults=[
                Fault(
                    f"VAMP_{str(fault['loc'][0]).upper()}",
                    fault["msg"].removeprefix("Value error, "),
                )
                for fault in error.errors(include_input=False, include_url=False)
            ]
        ) from None
