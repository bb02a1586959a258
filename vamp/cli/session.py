"""What one command works with: where, as whom, and how it prints. Flag, then variable, then file."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from vamp.cli.contexts import Context, Contexts, config_path, read_contexts
from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.surroundings import Surroundings

if TYPE_CHECKING:
    from vamp.cli.client import Api
    from vamp.cli.output import Printer

FORMATS = ("table", "json", "yaml", "name")
NO_LOGIN = "you are not logged in: `vamp auth login --server ADDRESS`, or set VAMP_TOKEN"


@dataclass(frozen=True, slots=True)
class Given:
    """The flags that every command takes; None where one was not given."""

    context: str | None = None
    server: str | None = None
    organisation: str | None = None
    environment: str | None = None
    output: str | None = None
    config: str | None = None
    no_color: bool | None = None
    verbose: int | None = None

    def over(self, outer: Given) -> Given:
        """Return these flags, completed by those that stood further left."""
        own = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(outer, **{name: value for name, value in own.items() if value})


class Session:
    """One command's settings, its client and its printer, each made when it is first needed."""

    def __init__(self, given: Given, around: Surroundings) -> None:
        self.given = given
        self.around = around

    @cached_property
    def contexts(self) -> Contexts:
        """The configuration file."""
        return read_contexts(config_path(self.given.config, self.around.environ))

    @cached_property
    def context_name(self) -> str:
        """Name of the context in use; empty where there is none.

        Raises:
            Failure: a context was asked for that the file does not have.
        """
        asked = self.given.context or self.around.environ.get("VAMP_CONTEXT")
        name = asked or self.contexts.current
        if asked and asked not in self.contexts.named:
            known = ", ".join(sorted(self.contexts.named)) or "none"
            raise misused(f"there is no context {asked}; there are: {known}")
        return name

    @property
    def context(self) -> Context:
        """The context in use; an empty one where there is none."""
        return self.contexts.named.get(self.context_name, Context())

    @property
    def server(self) -> str:
        """Address of the installation, without a slash at its end.

        Raises:
            Failure: none is known, or it is no address.
        """
        asked = self.given.server or self.around.environ.get("VAMP_SERVER")
        return address_of(asked or self.context.server)

    @property
    def token(self) -> str:
        """Text of the token; empty where there is none.

        A context's token goes to that context's server and to no other.
        """
        environ = self.around.environ
        if named := environ.get("VAMP_TOKEN"):
            return named.strip()
        if file := environ.get("VAMP_TOKEN_FILE"):
            return secret_in(Path(file))
        is_its_own = self.context.server and address_of(self.context.server) == self.server
        return self.context.token if is_its_own else ""

    @property
    def organisation(self) -> str:
        """Name of the organisation that the command works in.

        Raises:
            Failure: none is named anywhere.
        """
        if found := self.known_organisation:
            return found
        raise misused("which organisation? give --org, or set it in the context")

    @property
    def known_organisation(self) -> str:
        """Name of the organisation, or empty."""
        path = self.environment_path.split("/")
        asked = self.given.organisation or (path[0] if len(path) == 2 else "")
        found = asked or self.around.environ.get("VAMP_ORGANISATION") or self.context.organisation
        return found or self.around.environ.get("VAMP_ORGANIZATION", "")

    @property
    def environment(self) -> str:
        """Name of the environment that the command works in.

        Raises:
            Failure: none is named anywhere.
        """
        if found := self.known_environment:
            return found
        raise misused("which environment? give --env, or set it in the context")

    @property
    def known_environment(self) -> str:
        """Name of the environment, or empty."""
        return self.environment_path.rpartition("/")[2]

    @property
    def environment_path(self) -> str:
        """The environment as it was named: ``production`` or ``acme/production``."""
        asked = self.given.environment or self.around.environ.get("VAMP_ENVIRONMENT")
        return asked or self.context.environment

    @property
    def output(self) -> str:
        """How to print: one of `FORMATS`.

        Raises:
            Failure: another one is asked for.
        """
        asked = self.given.output or self.around.environ.get("VAMP_OUTPUT") or FORMATS[0]
        if asked not in FORMATS:
            raise misused(f"-o {asked} is not known; there are {', '.join(FORMATS)}")
        return asked

    @cached_property
    def api(self) -> Api:
        """The client, with the token.

        Raises:
            Failure: no server is named, or nobody is logged in.
        """
        from vamp.cli.client import Api

        if not self.token:
            raise Failure(NO_LOGIN, Exit.NOT_ALLOWED)
        return Api(self.server, self.token, self.around, is_talkative=bool(self.given.verbose))

    @cached_property
    def out(self) -> Printer:
        """What prints in the format that was asked for."""
        from vamp.cli.output import Printer

        return Printer(self.around, self.output, is_plain=bool(self.given.no_color))

    def within(self, *, organisation: str = "", environment: str = "") -> Session:
        """Return a session that works elsewhere, over the same connection."""
        given = replace(
            self.given,
            organisation=organisation or self.given.organisation,
            environment=environment or self.given.environment,
        )
        other = Session(given, self.around)
        for name in ("contexts", "context_name", "api", "out"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other


def address_of(text: str) -> str:
    """Return an installation's address, completed: a bare host gets ``https://``.

    Raises:
        Failure: it is empty, or no address.
    """
    text = text.strip()
    text = text if text.endswith("://") else text.rstrip("/").removesuffix("/api/v1")
    if not text:
        raise misused("which installation? give --server, set VAMP_SERVER, or log in")
    if "://" not in text:
        is_here = text.partition(":")[0] in ("localhost", "127.0.0.1", "[")
        text = f"{'http' if is_here else 'https'}://{text}"
    scheme, _, rest = text.partition("://")
    if scheme not in ("http", "https") or not rest or "@" in rest:
        raise misused("an address is https://HOST[:PORT], without a login in it")
    return text


def secret_in(path: Path) -> str:
    """Return the secret that a file holds, without the line's end.

    Raises:
        Failure: it cannot be read.
    """
    try:
        return path.expanduser().read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise misused(f"{path} cannot be read: {error}") from None


def secret_given(session: Session, file: Path | None) -> str:
    """Return the secret in a file, or on standard input where that is ``-``; empty without one.

    Raises:
        Failure: it cannot be read, or is empty.
    """
    if file is None:
        return ""
    is_piped = str(file) == "-"
    found = session.around.stdin.read().strip() if is_piped else secret_in(file)
    if not found:
        raise misused(f"there is nothing in {'standard input' if is_piped else file}")
    return found
