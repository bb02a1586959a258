"""The agent's settings: options and ``VAMP_AGENT_*`` variables, all checked before anything starts."""

from __future__ import annotations

import ipaddress
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid
from vamp.wiring import AGENT_METRICS_SCHEMES

T = TypeVar("T")

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that `vga` is told. Secrets show in neither ``repr`` nor errors.

    Attributes:
        name: name of this agent, unique in its environment; a DNS label.
        organisation: whose gateways it serves; a DNS label.
        environment: which of its environments; a DNS label.
        kv_url: where configuration is published.
        kv_key: key that opens what is published for this environment, and nothing else.
        events_url: where hints of what was published are heard, or empty to watch the store.
        events_key: contents of the creds file of this environment's agents, or empty.
        bind: address on which gateways listen; agents on one machine take one each.
        state: folder for what the agent must remember; its own, never shared.
        api_url: base of the agent API, or empty for an agent that reports to nobody.
        api_token: what it shows there.
        metrics_url: Elasticsearch that rollups and lines go to directly, or empty: then rollups go
            to the agent API, and lines are counted and not kept.
        lines_sample: share of log lines that are kept, 0–1; every line is counted all the same.
        lines_buffer_mb: what lines may take in memory before the oldest are given up.
        rollup_span_s: length of a rollup's span in whole seconds, 1–60.
        poll_interval_s: how often the manifest is read even when nothing hints at a change.
        haproxy: path of the HAProxy program.
        health_port: port of the pages for probes and Prometheus; 0 takes a free one.
        health_address: address on which they are.
        log_port: loopback port for HAProxy's log lines; 0 takes a free one and keeps it.
        spool_limit_mb: what the spool may hold before its oldest is given up.
        keep_haproxy: leave HAProxy serving when the agent is asked to stop.
    """

    name: str
    organisation: str
    environment: str
    kv_url: str = field(repr=False)
    kv_key: str = field(repr=False)
    events_url: str = field(repr=False)
    events_key: str = field(repr=False)
    bind: str
    state: Path
    api_url: str
    api_token: str = field(repr=False)
    metrics_url: str = field(repr=False)
    lines_sample: float
    lines_buffer_mb: int
    rollup_span_s: int
    poll_interval_s: float
    haproxy: Path
    health_port: int
    health_address: str
    log_port: int
    spool_limit_mb: int
    keep_haproxy: bool


DEFAULTS: Mapping[str, str] = {
    "kv_key": "",
    "events_url": "",
    "events_key": "",
    "bind": "0.0.0.0",  # noqa: S104  (gateways are entry points; an address is the user's choice)
    "api_url": "",
    "api_token": "",
    "metrics_url": "",
    "lines_sample": "1",
    "lines_buffer_mb": "64",
    "rollup_span_s": "5",
    "poll_interval_s": "2",
    "haproxy": "haproxy",
    "health_port": "0",
    "health_address": "127.0.0.1",
    "log_port": "0",
    "spool_limit_mb": "512",
    "keep_haproxy": "no",
}
"""What holds where neither an option nor a variable says anything."""


def variable(setting: str) -> str:
    """Return the environment variable of a setting: ``VAMP_AGENT_<SETTING>``."""
    return f"VAMP_AGENT_{setting.upper()}"


def read_settings(options: Mapping[str, str | None], environ: Mapping[str, str]) -> Settings:
    """Check every setting: an option first, else its variable, else the file that it names.

    ``VAMP_AGENT_KV_KEY_FILE`` holds the path of a file with the value of ``VAMP_AGENT_KV_KEY``;
    so for each setting.

    Args:
        options: setting → text from the command line; None where it was not given.
        environ: the process's environment.

    Raises:
        Invalid: with one fault a setting that is missing or wrong, all of them at once.
    """
    reader = _Reader(options, environ)
    settings = Settings(
        name=reader.take("name", _label),
        organisation=reader.take("organisation", _label),
        environment=reader.take("environment", _label),
        kv_url=reader.take("kv_url", _connection_url),
        kv_key=reader.take("kv_key", str),
        events_url=reader.take("events_url", _connection_url_or_none),
        events_key=reader.take("events_key", str),
        bind=reader.take("bind", _address),
        state=reader.take("state", _folder),
        api_url=reader.take("api_url", _http_url),
        api_token=reader.take("api_token", str),
        metrics_url=reader.take("metrics_url", _metrics_url),
        lines_sample=reader.take("lines_sample", _share),
        lines_buffer_mb=reader.take("lines_buffer_mb", _between(1, 100_000)),
        rollup_span_s=reader.take("rollup_span_s", _between(1, 60)),
        poll_interval_s=reader.take("poll_interval_s", _seconds),
        haproxy=reader.take("haproxy", _program),
        health_port=reader.take("health_port", _between(0, 65_535)),
        health_address=reader.take("health_address", _address),
        log_port=reader.take("log_port", _between(0, 65_535)),
        spool_limit_mb=reader.take("spool_limit_mb", _between(1, 1_000_000)),
        keep_haproxy=reader.take("keep_haproxy", _yes_or_no),
    )
    if settings.api_url and not settings.api_token:
        reader.fault("api_token", "is needed where an API URL is set")
    if reader.faults:
        raise Invalid(faults=reader.faults)
    return settings


class _Reader:
    """Looks settings up and gathers faults; a faulty one reads as its kind's empty value."""

    def __init__(self, options: Mapping[str, str | None], environ: Mapping[str, str]) -> None:
        self._options = options
        self._environ = environ
        self.faults: list[Fault] = []

    def take(self, setting: str, convert: Callable[[str], T]) -> T:
        try:
            return convert(self._text(setting))
        except (ValueError, OSError, Invalid) as error:
            self.fault(setting, str(error))
            return None  # type: ignore[return-value]  # never seen: the faults are raised first

    def fault(self, setting: str, message: str) -> None:
        hint = (
            f"give --{setting.replace('_', '-')}, {variable(setting)} or {variable(setting)}_FILE"
        )
        self.faults.append(Fault(f"/{setting}", message, hint, code="setting"))

    def _text(self, setting: str) -> str:
        option = self._options.get(setting)
        if option is not None:
            return option
        name = variable(setting)
        if name in self._environ:
            return self._environ[name]
        if file := self._environ.get(f"{name}_FILE"):
            return Path(file).read_text().strip()
        if setting in DEFAULTS:
            return DEFAULTS[setting]
        raise ValueError("is missing")


def _label(text: str) -> str:
    if not _LABEL.fullmatch(text):
        raise ValueError("is not a DNS label (a-z, 0-9 and '-', at most 63)")
    return text


def _connection_url(text: str) -> str:
    Dsn.parse(text)
    return text


def _metrics_url(text: str) -> str:
    if text and Dsn.parse(text).scheme not in AGENT_METRICS_SCHEMES:
        raise ValueError("is not an elasticsearch:// URL; without one rollups go to the agent API")
    return text


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:  # also refuses nan
        raise ValueError("is not a number from 0 to 1")
    return value


def _connection_url_or_none(text: str) -> str:
    return _connection_url(text) if text else ""


def _http_url(text: str) -> str:
    if not text:
        return ""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not an http:// or https:// URL")
    return text.rstrip("/")


def _address(text: str) -> str:
    return str(ipaddress.ip_address(text))


def _folder(text: str) -> Path:
    folder = Path(text).absolute()
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is not a folder")
    if any(character.isspace() or character in "\"'\\#;" for character in str(folder)):
        raise ValueError("may hold no space, quote, backslash, '#' or ';'")
    return folder


def _seconds(text: str) -> float:
    value = float(text)
    if not 0.05 <= value <= 3600:  # also refuses nan
        raise ValueError("is not a number of seconds from 0.05 to 3600")
    return value


def _program(text: str) -> Path:
    found = shutil.which(text)
    if found is None:
        raise ValueError(f"no program {text!r} is to be found; install HAProxy 2.6 or newer")
    return Path(found)


def _between(low: int, high: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise ValueError(f"is not a whole number from {low} to {high}") from None
        if not low <= value <= high:
            raise ValueError(f"is not a whole number from {low} to {high}")
        return value

    return convert


def _yes_or_no(text: str) -> bool:
    found = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if text.lower() not in found:
        raise ValueError("is neither yes nor no")
    return found[text.lower()]
