"""Debian's rsyslog with its Elasticsearch output, as our peer in shipping log lines."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.bench.proxy import short_folder

MODULES: Final = ("/usr/lib/x86_64-linux-gnu/rsyslog", "/usr/lib/rsyslog", "/usr/lib64/rsyslog")

_CONFIGURATION: Final = """\
global(workDirectory="{folder}" maxMessageSize="16k")
module(load="imtcp" maxSessions="10")
module(load="omelasticsearch")
template(name="line" type="string" string="%rawmsg%")
input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="lines")
ruleset(name="lines" queue.type="LinkedList" queue.size="500000" queue.dequeueBatchSize="2000") {{
  action(type="omelasticsearch" server="127.0.0.1" serverport="{server_port}"
    searchIndex="{index}" searchType="" bulkmode="on" maxbytes="4m" template="line"
    action.resumeRetryCount="-1" errorFile="{folder}/errors")
}}
"""


def missing() -> str:
    """Return what is not installed, or nothing."""
    if shutil.which("rsyslogd") is None:
        return "rsyslog is not installed"
    if not any((Path(place) / "omelasticsearch.so").exists() for place in MODULES):
        return "rsyslog-elasticsearch is not installed"
    return ""


@contextlib.contextmanager
def shipping_to(server_port: int, index: str) -> Iterator[int]:
    """Run a rsyslogd of our own that ships to `index`; give the port that it takes lines on.

    It takes octet-counted frames, as HAProxy sends them. Its configuration, process id file and
    queue lie in a folder of the bench; the system's own is not touched.
    """
    with short_folder() as folder:
        port = _free_port()
        configuration = folder / "rsyslog.conf"
        configuration.write_text(
            _CONFIGURATION.format(folder=folder, port=port, server_port=server_port, index=index)
        )
        process = subprocess.Popen(
            ["rsyslogd", "-n", "-f", str(configuration), "-i", str(folder / "pid")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _await(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(10)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("rsyslogd does not take lines")
        time.sleep(0.02)
