"""A shell for tests: runs ``vamp`` and ``forklift`` in this process, against the real API."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from tenants.models import User
from tenants.services.tokens import create_token
from tests.factories import ACTOR
from vamp.cli.forklift.program import run_forklift
from vamp.cli.program import run_vamp
from vamp.cli.surroundings import Surroundings

SERVER = "http://vamp.test"
HOST = "testserver"


class DjangoAdapter(BaseAdapter):
    """Carries requests into this process's Django, in the test's own transaction."""

    def __init__(self) -> None:
        super().__init__()
        self._wire = HTTPAdapter()
        self.asked: list[tuple[str, str]] = []

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:
        url = urlsplit(str(request.url))
        path = url.path + (f"?{url.query}" if url.query else "")
        self.asked.append((str(request.method), path))
        headers: dict[str, Any] = {
            f"HTTP_{name.upper().replace('-', '_')}": value
            for name, value in request.headers.items()
            if name.lower() not in ("content-type", "content-length")
        }
        answer = Client(raise_request_exception=False, SERVER_NAME=HOST).generic(
            str(request.method),
            path,
            request.body or b"",
            content_type=request.headers.get("Content-Type", "application/octet-stream"),
            **headers,
        )
        raw = HTTPResponse(
            io.BytesIO(answer.content), answer.headers, answer.status_code,
            reason=answer.reason_phrase, preload_content=False,
        )  # fmt: skip
        return self._wire.build_response(request, raw)

    def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it wrote."""

    exit: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


@dataclass(slots=True)
class Shell:
    """Somebody's shell: a home folder, variables, and perhaps a terminal of some width.

    Attributes:
        home: folder with the configuration file, and for files that commands read.
        environ: variables of the process.
        adapter: what carries requests; None: the network.
        is_terminal: does the shell have one; columns: how wide it is.
    """

    home: Path
    environ: dict[str, str] = field(default_factory=dict)
    adapter: Any = None
    is_terminal: bool = False
    columns: int = 80
    slept: list[float] = field(default_factory=list)
    on_sleep: Callable[[float], None] | None = None

    def vamp(self, *arguments: str, stdin: str = "") -> Ran:
        return self._run(run_vamp, arguments, stdin)

    def forklift(self, *arguments: str, stdin: str = "") -> Ran:
        return self._run(run_forklift, arguments, stdin)

    def write(self, name: str, text: str) -> str:
        """Write a file and return its path."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def _run(self, program: Callable[..., int], arguments: Sequence[str], stdin: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        around = Surroundings(
            environ={"HOME": str(self.home), **self.environ}, stdin=io.StringIO(stdin),
            stdout=out, stderr=err, adapter=self.adapter, sleep=self._sleep,
            clock=lambda: sum(self.slept), is_terminal=self.is_terminal, columns=self.columns,
        )  # fmt: skip
        # Usage and help are written by typer, past our streams.
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = program(list(arguments), around)
        return Ran(code, out.getvalue(), err.getvalue())

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self.on_sleep is not None:
            self.on_sleep(seconds)


def shell_of(home: Path, user: User, **fields: Any) -> Shell:
    """Return a shell in which `user` is logged in by a token, at work in ``production``."""
    name = f"cli-{user.get_username().rpartition('/')[2]}"
    _, text = create_token(name, actor=ACTOR, user=user)
    organisation = user.organisation.name if user.organisation else "acme"
    environ = {
        "VAMP_SERVER": SERVER, "VAMP_TOKEN": text, "VAMP_ORGANISATION": organisation,
        "VAMP_ENVIRONMENT": "production",
    }  # fmt: skip
    return Shell(home, environ, DjangoAdapter(), **fields)
