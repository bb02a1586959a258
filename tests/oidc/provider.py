"""Starting the real OpenID Connect provider of this folder, and signing in at it as a person does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.servers import free_port

HERE = Path(__file__).parent
CLIENT_SECRET = "a-secret-of-the-client"
Accounts = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class RunningProvider:
    """A provider that answers.

    Attributes:
        issuer: its URL.
    """

    issuer: str

    def know(self, accounts: Accounts) -> None:
        """Replace what it knows of accounts."""
        requests.post(f"{self.issuer}/accounts", json=accounts, timeout=5).raise_for_status()

    def sign_in(self, address: str, account: str) -> str:
        """Follow `address` as a browser that is new to it, sign in as `account`.

        Returns:
            The address at Vamp that the provider leads back to.
        """
        with requests.Session() as browser:
            page = browser.get(address, timeout=10)
            page.raise_for_status()
            answer = browser.post(
                page.url, data={"account": account}, timeout=10, allow_redirects=False
            )
            while (there := answer.headers["Location"]).startswith((self.issuer, "/")):
                there = there if there.startswith("http") else self.issuer + there
                answer = browser.get(there, timeout=10, allow_redirects=False)
        return there


@contextmanager
def running(redirect_uris: list[str], accounts: Accounts) -> Iterator[RunningProvider]:
    """Run a provider with one client, ``vamp``, until the block ends."""
    installed()
    client = {
        "client_id": "vamp", "client_secret": CLIENT_SECRET, "redirect_uris": redirect_uris,
        "grant_types": ["authorization_code"], "response_types": ["code"],
    }  # fmt: skip
    given = {"port": free_port(), "clients": [client], "accounts": accounts}
    process = subprocess.Popen(
        ["node", "provider.mjs", json.dumps(given)],
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        issuer = process.stdout.readline().strip() if process.stdout else ""
        assert issuer.startswith("http://127.0.0.1:"), "the provider did not start"
        yield RunningProvider(issuer)
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout:
            process.stdout.close()


def installed() -> None:
    """Install what `package-lock.json` names, where that was not done yet."""
    if not (HERE / "node_modules" / "oidc-provider").exists():
        command = ["npm", "ci", "--no-fund", "--no-audit", "--ignore-scripts"]
        subprocess.run(command, cwd=HERE, check=True, capture_output=True)
