"""What stands before the gateways: global settings, logging, defaults, the shared port, our pages."""

from __future__ import annotations

from typing import Final

from gateways.haproxy.quoting import quoted
from gateways.haproxy.rules import (
    BIND_VARIABLE,
    ENTRY_FROM_OUTSIDE,
    EXIT,
    FIND_GATEWAY,
    SOCKETS_VARIABLE,
    USE_ROUTE,
    deeper_levels,
    level,
)
from gateways.haproxy.settings import AssembleSettings

RING_BYTES: Final = 64 * 1024 * 1024
"""Holds about 130,000 log lines while the agent is away; HAProxy drops what comes after."""

LONGEST_LOG_LINE: Final = 8_192

_COMMON_LOG: Final = (
    '"gw":["%[var(txn.gws)]"],"rt":["%[var(txn.rts)]"],"gn":"%[var(txn.gn)]",'
    '"ci":"%ci","cp":%cp,"t":"%t","ft":"%ft","b":"%b","s":"%s"'
)
_COUNTERS: Final = '"ac":%ac,"fc":%fc,"bc":%bc,"sc":%sc,"rc":%rc,"sq":%sq,"bq":%bq'

HTTP_LOG: Final = (
    f'{{{_COMMON_LOG},"Tq":%Tq,"Tw":%Tw,"Tc":%Tc,"Tr":%Tr,"Tt":%Tt,"ST":%ST,"B":%B,'
    f'"CC":"%CC","CS":"%CS","tsc":"%tsc",{_COUNTERS},"hr":"%hr","hs":"%hs",'
    '"r":"%HM %[var(txn.r)] %HV"}'
)
TCP_LOG: Final = f'{{{_COMMON_LOG},"Tw":%Tw,"Tc":%Tc,"Tt":%Tt,"B":%B,"ts":"%ts",{_COUNTERS}}}'


def preamble(settings: AssembleSettings, *, has_names: bool) -> list[str]:
    """Return the sections that do not hang on any gateway.

    Args:
        settings: of the agent.
        has_names: a server is given by DNS name, so names are resolved while HAProxy runs.
    """
    blocks = [_global(settings)]
    if settings.log_port:
        blocks.append(_ring(settings))
    if has_names:
        blocks.append("resolvers system\n    parse-resolv-conf\n    hold valid 10s\n")
    has_log = bool(settings.log_port)
    blocks += [_defaults("http", has_log=has_log), _defaults("tcp", has_log=has_log), _PAGES]
    if settings.shared_port:
        blocks.append(_shared(settings))
    return blocks


def _global(settings: AssembleSettings) -> str:
    lines = [
        "master-worker",
        "mworker-max-reloads 10",
        f"hard-stop-after {settings.stop_after_s}s",
        f"maxconn {settings.maxconn}",
        # HAProxy reserves a file for the check of every server, and most of them lie idle.
        "no strict-limits",
        "default-path config",
        f"setenv {BIND_VARIABLE} {quoted(settings.bind_host)}",
        f"setenv {SOCKETS_VARIABLE} {quoted(settings.socket_prefix)}",
    ]
    if settings.threads:
        lines.append(f"nbthread {settings.threads}")
    if settings.runtime_socket:
        socket = quoted(settings.runtime_socket)
        lines.append(f"stats socket {socket} mode 600 level admin expose-fd listeners")
        lines.append("stats timeout 1h")
    if settings.log_port:
        lines.append(f"log ring@vamp len {LONGEST_LOG_LINE} format raw local0 info")
    if settings.probe_secret:
        lines.append(f"set-var proc.vamp_probe str({settings.probe_secret})")
    return "".join(f"{line}\n" for line in ["global", *(f"    {line}" for line in lines)])


def _ring(settings: AssembleSettings) -> str:
    return f"""\
ring vamp
    format raw
    maxlen {LONGEST_LOG_LINE}
    size {RING_BYTES}
    timeout connect 5s
    timeout server 10s
    server agent 127.0.0.1:{settings.log_port} log-proto octet-count
"""


def _defaults(mode: str, *, has_log: bool) -> str:
    is_http = mode == "http"
    log = (
        f"    log global\n    log-format '{HTTP_LOG if is_http else TCP_LOG}'\n" if has_log else ""
    )
    return f"""\
defaults _{mode}
    mode {mode}
    option dontlognull
    option redispatch
    timeout connect 5s
    timeout queue 5s
    timeout server 30s
    timeout check 2s
    timeout tunnel 1h
{_HTTP_DEFAULTS if is_http else _TCP_DEFAULTS}{log}"""


def _page(status: int, title: str, text: str) -> str:
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{status} {title}</title><h1>{title}</h1><p>{text}</p></html>"
    )
    return (
        f"content-type \"text/html; charset=utf-8\" hdr Cache-Control no-store lf-string '{body}'"
    )


_HTTP_DEFAULTS: Final = f"""\
    option idle-close-on-response
    timeout client 60s
    timeout http-request 10s
    timeout http-keep-alive 60s
    http-error status 503 {
    _page(
        503,
        "Service unavailable",
        "Route %[be_name,field(2,:)] of gateway %[be_name,field(1,:)] has nothing that answers.",
    )
}
"""

_TCP_DEFAULTS: Final = """\
    option clitcpka
    option srvtcpka
    timeout client 1h
"""

_PAGES: Final = f"""\
backend _unknown-host from _http
    http-request return status 404 {
    _page(404, "Unknown host", "No gateway answers for this host and path.")
}

backend _unavailable from _http
    http-request return status 503 {
    _page(
        503,
        "Service unavailable",
        "Gateway %[var(txn.entry)] has no route for this request.",
    )
}

backend _refused from _tcp
    tcp-request content reject
"""


def _shared(settings: AssembleSettings) -> str:
    return (
        "frontend _shared from _http\n"
        f"    bind {settings.bind_host}:{settings.shared_port}\n"
        f"{ENTRY_FROM_OUTSIDE}{FIND_GATEWAY}{level(1)}{deeper_levels()}{EXIT}"
        "    use_backend _unknown-host if !{ var(txn.g1) -m found }\n"
        f"{USE_ROUTE}"
    )
