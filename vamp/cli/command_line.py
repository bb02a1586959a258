"""How commands are declared and run: flags that all of them take, failures, exit codes."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Annotated, Any, Final, Optional, get_type_hints

import typer
from typer.core import TyperGroup

from vamp.cli.completing import contexts, environments, organisations
from vamp.cli.failure import Exit, Failure
from vamp.cli.session import FORMATS, Given, Session
from vamp.cli.surroundings import Surroundings

INTERRUPTED: Final = 130
FLAGS_OF_ALL: Final = (
    "Every command takes --context, --server, --org, --env, -o, --config, --no-color and -v,"
    " before or after its own arguments."
)


def _flag(*names: str, text: str, hidden: bool = True, **more: Any) -> Any:
    return typer.Option(*names, help=text, hidden=hidden, show_default=False, **more)


def _formats() -> list[str]:
    return list(FORMATS)


_FLAGS: Final[dict[str, tuple[Any, dict[str, Any]]]] = {
    "context": (str, {
        "names": ("--context",), "text": "Context of the configuration file.",
        "autocompletion": contexts,
    }),
    "server": (str, {"names": ("--server",), "text": "Address of the installation."}),
    "organisation": (str, {
        "names": ("--org", "--organisation", "--organization"), "text": "Organisation to work in.",
        "autocompletion": organisations,
    }),
    "environment": (str, {
        "names": ("--env", "--environment"),
        "text": "Environment to work in: NAME or ORGANISATION/NAME.",
        "autocompletion": environments,
    }),
    "output": (str, {
        "names": ("-o", "--output"), "text": "table, json, yaml or name.",
        "autocompletion": _formats,
    }),
    "config": (str, {"names": ("--config",), "text": "Configuration file."}),
    "no_color": (bool, {
        "names": ("--no-color", "--no-colour"), "text": "No colours; so does NO_COLOR.",
    }),
    "verbose": (int, {
        "names": ("-v", "--verbose"), "text": "Tell each request, its answer and its time.",
        "count": True,
    }),
}  # fmt: skip
_SHOWN_WITH_COMMANDS: Final = {"output"}


def _parameters(taken: set[str], *, is_group: bool) -> list[inspect.Parameter]:
    """Return the flags of all commands, but for those whose letters a command uses itself."""
    found = []
    for name, (kind, settings) in _FLAGS.items():
        options = dict(settings)
        names = [each for each in options.pop("names") if each not in taken]
        if not names:
            continue
        is_hidden = not is_group and name not in _SHOWN_WITH_COMMANDS
        option = _flag(*names, hidden=is_hidden, **options)
        annotation: Any = Annotated[Optional[kind], option]  # noqa: UP045  (typer reads it)
        found.append(
            inspect.Parameter(
                f"given_{name}", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
            )
        )
    return found


def _letters(function: Callable[..., Any]) -> set[str]:
    """Return the option names that a command declares for itself."""
    found: set[str] = set()
    for hint in get_type_hints(function, include_extras=True).values():
        for extra in getattr(hint, "__metadata__", ()):
            # typer moves the first of the names, which stands where a default would, later.
            names = (getattr(extra, "default", None), *(getattr(extra, "param_decls", None) or ()))
            found |= {name for name in names if isinstance(name, str) and name.startswith("-")}
    return found


def opened(function: Callable[..., Any], *, is_group: bool = False) -> Callable[..., Any]:
    """Return a command for typer from a function whose first argument is a `Session`.

    The flags that every command takes are added to its own.
    """
    hints = get_type_hints(function, include_extras=True)
    signature = inspect.signature(function)
    own = [
        parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in list(signature.parameters.items())[1:]
    ]
    flags = _parameters(_letters(function), is_group=is_group)

    @functools.wraps(function)
    def run(ctx: typer.Context, **values: Any) -> Any:
        given = given_in(ctx, values)
        ctx.meta["vamp.given"] = given
        session = Session(given, surroundings_of(ctx))
        mine = {name: value for name, value in values.items() if not name.startswith("given_")}
        return function(session, **mine)

    first = inspect.Parameter(
        "ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    parameters = [first, *own, *flags]
    changed: Any = run
    changed.__signature__ = signature.replace(parameters=parameters)
    changed.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def given_in(ctx: typer.Context, values: dict[str, Any]) -> Given:
    """Return the flags that stand in `values`, over those of the groups around the command."""
    own = {
        name.removeprefix("given_"): value
        for name, value in values.items()
        if name.startswith("given_")
    }
    outer: Given = ctx.meta.get("vamp.given", Given())
    return Given(**own).over(outer)


def surroundings_of(ctx: typer.Context) -> Surroundings:
    """Return what the process gave the program."""
    return ctx.obj if isinstance(ctx.obj, Surroundings) else Surroundings()


class SpelledGroup(TyperGroup):
    """A group whose commands answer to other spellings: plural, American, run together."""

    spellings: Final[dict[str, str]] = {
        "releasepolicy": "policy", "release-policy": "policy", "policies": "policy",
        "releasepolicies": "policy", "release-policies": "policy",
        "releaseplan": "release-plan", "releaseplans": "release-plan",
        "organization": "organisation", "org": "organisation", "env": "environment",
        "storage": "store", "setup": "set-up", "sso": "single-sign-on",
    }  # fmt: skip

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of that name in any of its spellings."""
        word = cmd_name.lower().replace("_", "-")
        for candidate in (cmd_name, word, self.spellings.get(word, word)):
            if (found := super().get_command(ctx, candidate)) is not None:
                return found
        singular = word.removesuffix("s")
        return super().get_command(ctx, self.spellings.get(singular, singular))


class Entries(MutableMapping[str, Any]):
    """Commands by name, each made when it is first asked for: a start needs one of many."""

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        self._makers = dict(makers)
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return the command, made at the first time."""
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._makers[name] = lambda: command

    def __delitem__(self, name: str) -> None:
        del self._makers[name]
        self._made.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __contains__(self, name: object) -> bool:
        """Tell whether there is one of that name, without making it."""
        return name in self._makers


class Menu:
    """A program, or a group of its commands."""

    def __init__(self, text: str, *, is_program: bool = False) -> None:
        """Make an empty one.

        Args:
            text: what it is for.
            is_program: it is the whole program, and installs the shell's completion of itself.
        """
        self.text = text
        self.is_program = is_program
        self._makers: dict[str, Callable[[], Any]] = {}

    def command(self, name: str, function: Callable[..., Any]) -> None:
        """Add a function whose first argument is a `Session`."""
        self._makers[name] = functools.partial(_command, name, function)

    def menu(self, name: str, fill: Callable[[], Menu]) -> None:
        """Add a group of commands, which `fill` makes."""
        self._makers[name] = lambda: fill().made(name)

    def made(self, name: str | None = None) -> Any:
        """Return it in the form that typer runs."""
        app = _typer(add_completion=self.is_program, no_args_is_help=True)

        def nothing(session: Session) -> None:
            pass

        nothing.__doc__ = self.text
        app.callback(cls=SpelledGroup)(opened(nothing, is_group=self.is_program))
        found: Any = typer.main.get_command(app)
        found.name = name
        found.commands = Entries(self._makers)
        return found


def _command(name: str, function: Callable[..., Any]) -> Any:
    app = _typer(add_completion=False)
    app.command(name, epilog=FLAGS_OF_ALL)(opened(function))
    return typer.main.get_command(app)


def _typer(**settings: Any) -> typer.Typer:
    return typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, **settings)


def run(whole: Any, program: str, arguments: Sequence[str] | None, around: Surroundings) -> int:
    """Run a program and return its exit code; what went wrong is told on standard error.

    Args:
        whole: the program, see `Menu.made`.
        program: its name.
        arguments: None takes those of the process.
        around: what the process gives it.
    """
    try:
        whole.main(args=arguments, prog_name=program, obj=around)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except Failure as failure:
        for line in failure.lines():
            around.stderr.write(line + "\n")
        return int(failure.exit)
    except BrokenPipeError:
        # Whoever read our output has had enough; Python must not complain of it once more.
        sys.stderr.close()
        return int(Exit.OK)
    return int(Exit.OK)
