"""The API's client: one connection, retries where repeating is harmless, failures told in full."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from vamp.cli.failure import Exit, Failure
from vamp.cli.problems import failure_of
from vamp.cli.surroundings import Surroundings

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

CONNECT_S: Final = 5.0
READ_S: Final = 60.0
ATTEMPTS: Final = 4
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 10.0
PER_PAGE: Final = 500

_MAY_BE_REPEATED: Final = frozenset({"GET", "PUT", "DELETE"})
_WORTH_REPEATING: Final = frozenset({429, 502, 503, 504})


def path_of(*parts: str | int) -> str:
    """Return the path of names below the API's root; a slash inside a name is escaped."""
    return "/".join(quote(str(part), safe="") for part in parts)


class Api:
    """Requests to one installation with one token.

    GET, PUT and DELETE are repeated after a pause where the connection fails or the server says
    that it is busy; POST and PATCH are not, for nobody knows whether the first one counted.
    """

    def __init__(
        self, server: str, token: str, around: Surroundings, *, is_talkative: bool = False
    ) -> None:
        import requests

        self.server = server
        self._around = around
        self._is_talkative = is_talkative
        self._http = requests.Session()
        self._http.auth = _bearing(token)
        if around.adapter is not None:
            self._http.mount("http://", around.adapter)
            self._http.mount("https://", around.adapter)

    def get(self, path: str, **query: Any) -> Any:
        """Return what the address answers, read as JSON."""
        return self.answer("GET", path, query=query)

    def text(self, path: str) -> str:
        """Return what the address answers, as text."""
        return str(self.send("GET", path, accept="application/yaml, */*;q=0.5").text)

    def answer(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        revision: int | None = None,
    ) -> Any:
        """Send a request and return its answer as JSON; None where it has no body.

        Args:
            method: of HTTP.
            path: below ``/api/v1``, see `path_of`.
            body: sent as JSON.
            query: parameters; those that are None are left out.
            revision: refuse where the thing is not at it any more.

        Raises:
            Failure: see `send`.
        """
        headers = {} if revision is None else {"If-Match": f'"{revision}"'}
        found = self.send(method, path, body=body, query=query, headers=headers)
        if not found.content:
            return None
        try:
            return found.json()
        except ValueError:
            kind = found.headers.get("Content-Type", "something without a type")
            message = f"{self.server} answers with {kind}, not JSON: is that a Vamp installation?"
            raise Failure(message, Exit.REFUSED) from None

    def pages(self, path: str, *, most: int | None = None, **query: Any) -> Iterator[Any]:
        """Yield the rows of a list, page by page.

        Args:
            path: of the list.
            most: stop after so many.
            query: filters; those that are None are left out.
        """
        page, count = 1, 0
        per_page = min(most or PER_PAGE, PER_PAGE)
        while True:
            found = self.get(path, page=page, per_page=per_page, **query)
            for row in found["results"]:
                yield row
                count += 1
                if count == most:
                    return
            if not found.get("next"):
                return
            page += 1

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        accept: str = "application/json",
        read_s: float = READ_S,
        is_streamed: bool = False,
        attempts: int = ATTEMPTS,
    ) -> Response:
        """Send a request, repeated where that is harmless, and return the answer.

        Raises:
            Failure: the server refused it, or does not answer.
        """
        attempts = attempts if method in _MAY_BE_REPEATED else 1
        for attempt in range(1, attempts + 1):
            try:
                found = self._once(
                    method, path, body, query, {"Accept": accept, **(headers or {})},
                    read_s, is_streamed,
                )  # fmt: skip
            except Failure as failure:
                if attempt == attempts or failure.exit is not Exit.UNREACHABLE:
                    raise
                self._pause(attempt, failure.message)
                continue
            if found.status_code in _WORTH_REPEATING and attempt < attempts:
                self._pause(attempt, f"{found.status_code}", found.headers.get("Retry-After"))
                continue
            if found.status_code >= 300:
                raise failure_of(found, self.server)
            return found
        raise AssertionError("unreachable")

    def _once(
        self,
        method: str,
        path: str,
        body: Any,
        query: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        read_s: float,
        is_streamed: bool,
    ) -> Response:
        import requests

        url = f"{self.server}/api/v1/{path}"
        begun = self._around.clock()
        try:
            found = self._http.request(
                method,
                url,
                params={
                    name: _shown(value)
                    for name, value in (query or {}).items()
                    if value is not None
                },
                json=body,
                headers={"User-Agent": "vamp-cli", **headers},
                timeout=(CONNECT_S, read_s),
                stream=is_streamed,
                allow_redirects=False,  # a token goes nowhere else
            )
        except requests.exceptions.SSLError as error:
            message = f"{self.server} shows a certificate that is not trusted: {_reason(error)}"
            raise Failure(message, Exit.UNREACHABLE, code="tls") from None
        except requests.Timeout:
            raise Failure(f"{self.server} does not answer in time", Exit.UNREACHABLE) from None
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            message = f"{self.server} cannot be reached: {_reason(error)}"
            raise Failure(message, Exit.UNREACHABLE) from None
        except requests.RequestException as error:
            raise Failure(f"{self.server}: {_reason(error)}", Exit.USAGE) from None
        if self._is_talkative:
            took_ms = (self._around.clock() - begun) * 1000
            request_id = found.headers.get("X-Request-Id", "")
            self._tell(f"{method} {url} -> {found.status_code} in {took_ms:.0f} ms {request_id}")
        return found

    def _pause(self, attempt: int, why: str, retry_after: str | None = None) -> None:
        longest = min(FIRST_PAUSE_S * 2 ** (attempt - 1), LONGEST_PAUSE_S)
        seconds = longest * random.uniform(0.5, 1.0)  # noqa: S311 spreads callers, hides nothing
        with contextlib.suppress(ValueError):
            seconds = min(max(seconds, float(retry_after or "")), LONGEST_PAUSE_S)
        if self._is_talkative:
            self._tell(f"{why}; again in {seconds:.1f} s")
        self._around.sleep(seconds)

    def _tell(self, line: str) -> None:
        self._around.stderr.write(line.rstrip() + "\n")


def _bearing(token: str) -> Any:
    # As an auth object, so that no ~/.netrc takes its place.
    def bear(request: PreparedRequest) -> PreparedRequest:
        if token:
            request.headers["Authorization"] = f"token {token}"
        return request

    return bear


def _shown(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _reason(error: BaseException) -> str:
    """Return the innermost reason of an error of requests, without objects' addresses."""
    inner = getattr(error, "args", ())
    while inner and isinstance(inner[0], BaseException):
        error = getattr(inner[0], "reason", None) or inner[0]
        inner = getattr(error, "args", ())
    text = getattr(error, "strerror", None) or str(error)
    return text.rpartition(">: ")[2].rpartition("object at 0x")[0] or text.rpartition(">: ")[2]
