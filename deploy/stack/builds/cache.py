"""Builds, kept outside every checkout: made once for a version and a script, used by all."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.stack.builds.recipe import Recipe, key
from deploy.stack.errors import StackError

VARIABLE = "VAMP_STACK_CACHE"

_compiling = threading.Semaphore(1)
"""One build at a time, which itself runs two jobs; fetching goes on beside it."""


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where builds are kept: `VAMP_STACK_CACHE`, else the user's cache folder."""
    if chosen := environment.get(VARIABLE):
        return Path(chosen).resolve()
    caches = environment.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(caches) / "vamp-stack"


class Cache:
    """Finished builds by name of their recipe.

    A build is made in a folder of its own and appears by being renamed, so that what is here is
    whole. Two builders of one thing, even of two checkouts, wait for each other.
    """

    def __init__(self, root: Path, recipes: Sequence[Recipe]) -> None:
        self._root = root
        self._recipes = {recipe.name: recipe for recipe in recipes}

    def folder(self, name: str) -> Path:
        """Return the folder of a finished build.

        Raises:
            StackError: it has not been built yet.
        """
        path = self._path(name)
        if not path.exists():
            raise StackError(f"{name} has not been built: run `make stack`")
        return path

    def is_built(self, name: str) -> bool:
        """Tell whether it is there."""
        return self._path(name).exists()

    def version(self, name: str) -> str:
        """Return the version that would be built now."""
        return self._recipes[name].version

    def make(self, name: str, *, say: Callable[[str], None]) -> Path:
        """Return the folder of a build, made now if it is not there. Minutes, the first time.

        Args:
            name: of the recipe.
            say: is told what goes on, in a few words.

        Raises:
            StackError: it does not build; the message says where the log is and how it ends.
        """
        path = self._path(name)
        if path.exists():
            return path
        self._root.mkdir(parents=True, exist_ok=True)
        with self._alone(path.name, say):
            if not path.exists():
                self._make(self._recipes[name], path, say)
        return path

    def _make(self, recipe: Recipe, path: Path, say: Callable[[str], None]) -> None:
        draft = self._root / f".{path.name}.draft"
        shutil.rmtree(draft, ignore_errors=True)  # of a builder that was killed
        work, out = draft / "work", draft / "out"
        work.mkdir(parents=True)
        out.mkdir()
        log = self._root / f"{path.name}.log"
        log.unlink(missing_ok=True)
        try:
            say("fetching sources")
            recipe.fetch(work, log)
            say("waiting for its turn to be built")
            with _compiling:
                say("building")
                recipe.build(work, out, log)
        except StackError as error:
            raise StackError(f"{recipe.name} {recipe.version}: {error}\n  its log: {log}") from None
        out.rename(path)
        shutil.rmtree(draft, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self._root / key(self._recipes[name])

    @contextmanager
    def _alone(self, build: str, say: Callable[[str], None]) -> Iterator[None]:
        with (self._root / f".{build}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("being built by another command; waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
