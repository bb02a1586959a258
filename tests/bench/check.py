"""``check.N``: ``haproxy -c`` on the assembled environment."""

from __future__ import annotations

import subprocess
from pathlib import Path

from gateways.haproxy.assemble import assemble
from gateways.haproxy.files import write_files
from gateways.haproxy.numbers import placed
from gateways.haproxy.settings import AssembleSettings
from tests.bench.environment import ROUTES, environment_of, host_of
from tests.bench.measurement import Measurement
from tests.bench.proxy import short_folder
from tests.bench.running import Tell, timed_ms

ROUNDS = 7


def measure(count: int, tell: Tell) -> Measurement:
    """Check the configuration of `count` gateways, and a plain one beside it, by turns."""
    with short_folder() as folder:
        tell("writing configurations")
        ours, plain = folder / "ours", folder / "plain"
        _write_ours(ours, count)
        _write_plain(plain, count)
        samples, floors = [], []
        said: list[str] = []
        for number in range(ROUNDS):
            tell(f"round {number + 1} of {ROUNDS}")
            samples.append(timed_ms(lambda: said.append(_check(ours))))
            floors.append(timed_ms(lambda: _check(plain)))
        size = (ours / "haproxy.cfg").stat().st_size
    is_clean = not any("[WARNING]" in text for text in said)
    more = {"config_mb": round(size / 1e6, 1), "backends": count * ROUTES}
    return Measurement(samples, "ms", floors, is_right=is_clean, more=more)


def _write_ours(folder: Path, count: int) -> None:
    placement = placed(environment_of(count).parts())
    settings = AssembleSettings(str(folder), shared_port=8080)
    write_files(assemble(placement.parts.values(), placement.numbers, settings), folder)


def _write_plain(folder: Path, count: int) -> None:
    """Write what a person would who needs the same services reached by the same hosts, no more."""
    folder.mkdir()
    (folder / "hosts.map").write_text(
        "".join(f"{host_of(number)} b{number}\n" for number in range(count))
    )
    backends = "".join(
        f"backend b{number}\n    server s 10.{number >> 16}.{number >> 8 & 255}.{number & 255}:8080\n"
        for number in range(count * ROUTES)
    )
    (folder / "haproxy.cfg").write_text(
        "defaults\n    mode http\n    timeout connect 5s\n    timeout client 60s\n"
        "    timeout server 30s\nfrontend shared\n    bind 127.0.0.1:8080\n"
        f"    use_backend %[req.hdr(host),map({folder}/hosts.map)]\n{backends}"
    )


def _check(folder: Path) -> str:
    done = subprocess.run(
        ["haproxy", "-c", "-f", str(folder / "haproxy.cfg")],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ValueError(
            f"HAProxy refuses the configuration: {(done.stdout + done.stderr)[-2000:]}"
        )
    return done.stdout + done.stderr
