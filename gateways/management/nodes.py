"""The program that runs what a site's scheduler starts, where the scheduler does not run it itself."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateways.management.sites import Site

END_WAIT_S = 15.0


@contextmanager
def node_of(site: Site, folder: Path) -> Iterator[None]:
    """Keep the site's node running to the end of the block; nothing where it needs none.

    Args:
        site: whose.
        folder: for what it says, in ``node.log``.
    """
    if not site.schedulers_node:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "node.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 our own command
            site.schedulers_node, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(END_WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
