"""All components together: built and started side by side, one failing without the others."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from deploy.stack import variables
from deploy.stack.component import Component
from deploy.stack.context import Context
from deploy.stack.errors import StackError
from deploy.stack.progress import Progress
from deploy.stack.running import Runner
from deploy.stack.state import FOLDER_VARIABLE, State, write_private

USER_VARIABLE = "VAMP_STACK_USER"


class Stack:
    """The components of one state folder."""

    def __init__(
        self, components: Sequence[Component], context: Context, runner: Runner, progress: Progress
    ) -> None:
        self.components = components
        self.state: State = context.state
        self.runner = runner
        self._cache = context.cache
        self._ports = context.ports
        self._progress = progress
        self._told: Mapping[str, str] = {}

    def up(self) -> Mapping[str, str]:
        """Build, start and furnish all, and write the file of variables.

        Returns:
            Name → why, of those that could not be started; the file speaks of the others.
        """
        failed = self._each(self._start)
        self._tell(failed)
        return failed

    def prepare(self) -> None:
        """Write what the containers of ``deploy/compose.yaml`` read: configuration, keys, ports."""
        told = {
            FOLDER_VARIABLE: str(self.state.folder),
            USER_VARIABLE: f"{os.getuid()}:{os.getgid()}",
        }
        for component in self.components:
            component.prepare()
        for name, port in self._ports.known().items():
            told[f"VAMP_STACK_{name.upper().replace('-', '_')}_PORT"] = str(port)
        lines = [f"{name}={value}\n" for name, value in sorted(told.items())]
        write_private(self.state.folder / "compose.env", "".join(lines))

    def furnish(self) -> Mapping[str, str]:
        """Furnish servers that others started, and write the file of variables, as `up` does."""
        failed = self._each(self._furnish)
        self._tell(failed)
        return failed

    def _tell(self, failed: Mapping[str, str]) -> None:
        told = {FOLDER_VARIABLE: str(self.state.folder)}
        for component in self.components:
            if component.name not in failed:
                told.update(component.variables())
        self._told = told
        write_private(self.state.env_file, variables.env_file(told))

    def build(self) -> Mapping[str, str]:
        """Build what is missing. Returns name → why, of those that could not be built."""
        return self._each(self._make)

    def down(self) -> Mapping[str, str]:
        """Stop what runs. Returns name → why, of those that did not end."""
        self.state.env_file.unlink(missing_ok=True)
        return self._each(self._stop)

    def shown_variables(self) -> str:
        """Return what `up` has written, without passwords."""
        return variables.shown(self._told)

    def _start(self, component: Component) -> None:
        self._make(component)
        self._progress.say(component.name, "starting")
        started = self.runner.start(component)
        self._progress.done(component.name, "answers, after" if started else "runs already;")

    def _furnish(self, component: Component) -> None:
        self._progress.say(component.name, "waiting for it")
        self.runner.furnish(component)
        self._progress.done(component.name, "answers, after")

    def _make(self, component: Component) -> None:
        """Get all its builds at once: while one is compiled, the sources of others come."""
        missing = [name for name in component.builds if not self._cache.is_built(name)]
        if not missing:
            return
        with ThreadPoolExecutor(len(missing)) as pool:
            for made in [pool.submit(self._make_one, name) for name in missing]:
                made.result()

    def _make_one(self, name: str) -> None:
        title = f"{name} {self._cache.version(name).removeprefix('v')}"
        self._cache.make(name, say=self._progress.voice(title))
        self._progress.done(title, "built, in")

    def _stop(self, component: Component) -> None:
        if self.runner.stop(component, sign=signal.SIGTERM):
            self._progress.done(component.name, "stopped")

    def _each(self, act: Callable[[Component], None]) -> Mapping[str, str]:
        """Do it to each component, side by side."""
        failed = {}
        with self._progress.reminding(), ThreadPoolExecutor(len(self.components)) as pool:
            doing = {component.name: pool.submit(act, component) for component in self.components}
            for name, future in doing.items():
                error = future.exception()
                if isinstance(error, StackError | OSError):
                    self._progress.done(name, "FAILED, after")
                    failed[name] = str(error)
                elif error is not None:
                    raise error
        return failed
