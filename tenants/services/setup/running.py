"""Running a set-up: asked for by a person, done by a worker, told step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from tenants import events
from tenants.models import Environment, SetupRun
from tenants.services.setup.steps import STEPS, ByHand, Step
from vamp import audit, outbox
from vamp.bounded import answers
from vamp.databases import DEFAULT
from vamp.errors import Conflict, VampError
from vamp.ports.checks import Checked, Tone
from vamp.ports.errors import PortError

STALE_AFTER = timedelta(minutes=10)
"""A run that did not end for so long has lost its worker; another may be asked for."""

WAITING_AFTER = timedelta(seconds=5)
"""A run that nobody has begun by then is handed out again: its message was lost."""

UNDER_WAY = "The set-up of this environment is under way; wait until it has ended."

DONE, RUNNING, WAITING, FAILED, BY_HAND = "done", "running", "waiting", "failed", "by hand"

Tell = Callable[["StepState"], None]


@dataclass(frozen=True, slots=True)
class StepState:
    """How far one step is.

    Attributes:
        name: of the step; title: what is there once it is done.
        state: ``done``, ``running``, ``waiting``, ``failed`` or ``by hand``.
        message: what was found, or what went wrong.
        hint: what to do about it.
    """

    name: str
    title: str
    state: str
    message: str = ""
    hint: str = ""


def request_setup(environment: Environment, *, actor: str) -> SetupRun:
    """Ask for a run; a worker begins it in a moment.

    Args:
        environment: which to set up.
        actor: who asks, for the audit trail.

    Raises:
        Conflict: one is under way.
    """
    try:
        return _requested(environment, actor)
    except IntegrityError:  # a rival asked for the first one at the same time
        raise Conflict(UNDER_WAY) from None


def _requested(environment: Environment, actor: str) -> SetupRun:
    now = timezone.now()
    with transaction.atomic(using=DEFAULT):
        rows = SetupRun.objects.using(DEFAULT).select_for_update()
        run = rows.filter(pk=environment.pk).first() or SetupRun(environment_id=environment.pk)
        if run.number and run.is_under_way and now - run.asked_at < STALE_AFTER:
            raise Conflict(UNDER_WAY)
        run.number += 1
        run.asked_at, run.asked_by, run.begun_at, run.ended_at = now, actor, None, None
        run.steps = {}
        run.save(using=DEFAULT, force_insert=run.number == 1)
        audit.record(
            actor, "environment.setup_requested", "environment", environment.path, using=DEFAULT,
            organisation=environment.organisation.name, environment=environment.name,
            after={"run": run.number},
        )  # fmt: skip
        _emit(events.SETUP_REQUESTED, environment, run.number)
    return run


def work_off(environment: Environment, number: int) -> bool:
    """Do the run `number` of the environment, unless somebody has begun it. Idempotent.

    Returns:
        Whether this call did it.
    """
    rows = SetupRun.objects.using(DEFAULT).filter(pk=environment.pk, number=number)
    if not rows.filter(begun_at=None).update(begun_at=timezone.now()):
        return False

    def tell(state: StepState) -> None:
        _note(environment, number, state)

    run_steps(environment, tell)
    with transaction.atomic(using=DEFAULT):
        rows.update(ended_at=timezone.now())
        _emit(events.SETUP_CHANGED, environment, number)
    return True


def run_steps(environment: Environment, tell: Tell) -> list[StepState]:
    """Do every step that is not done; one that fails keeps no other from being tried.

    Args:
        environment: which to set up.
        tell: hears of each step as it begins and as it ends.

    Returns:
        How each step ended.
    """
    ended = []
    for step in STEPS:
        tell(StepState(step.name, step.title, RUNNING))
        state = _done(environment, step)
        tell(state)
        ended.append(state)
    return ended


def run_of(environment: Environment) -> SetupRun | None:
    """Return the last run of the environment's set-up, if there was any. One query."""
    return SetupRun.objects.using(DEFAULT).filter(pk=environment.pk).first()


def waiting_runs() -> Sequence[tuple[int, int]]:
    """Return environment and number of runs that nobody has begun, for their message was lost."""
    before = timezone.now() - WAITING_AFTER
    rows = SetupRun.objects.using(DEFAULT).filter(begun_at=None, asked_at__lt=before)
    return list(rows.values_list("environment_id", "number"))


def states_of(environment: Environment, run: SetupRun | None) -> list[StepState]:
    """Return how each step is now.

    While a run is under way that is what it tells. Otherwise every system is asked, all at once;
    where a step is not done, what the last run said of it is told as well.

    Cost: as for a test of every connection, unless a run is under way.
    """
    told: Mapping[str, Any] = run.steps if run is not None else {}
    if run is not None and is_alive(run):
        return [_told(step, told) for step in STEPS]
    found = answers({step.name: _look(environment, step) for step in STEPS})
    return [_state(step, found[step.name], told.get(step.name, {})) for step in STEPS]


def is_alive(run: SetupRun) -> bool:
    """Tell whether a worker is, or will be, at the run."""
    return run.is_under_way and timezone.now() - run.asked_at < STALE_AFTER


def forget_run(environment: Environment) -> None:
    """Forget the set-up's last run, when the environment is deleted. Idempotent."""
    SetupRun.objects.using(DEFAULT).filter(pk=environment.pk).delete()


def _done(environment: Environment, step: Step) -> StepState:
    before = _look(environment, step)()
    if before.is_prepared:
        return _state(step, before, {})
    try:
        step.do(environment)
    except ByHand as error:
        return StepState(step.name, step.title, BY_HAND, hint=str(error))
    except (PortError, VampError) as error:
        faults = error.faults if isinstance(error, VampError) else ()
        hint = "; ".join(fault.hint for fault in faults if fault.hint) or "mend it and run again"
        return StepState(step.name, step.title, FAILED, str(error), hint)
    except Exception as error:
        # Messages of client libraries may hold an address with its password.
        hint = "look into the log of this process; the other steps do not wait for it"
        return StepState(step.name, step.title, FAILED, f"failed: {type(error).__name__}", hint)
    return _state(step, _look(environment, step)(), {"state": FAILED})


def _look(environment: Environment, step: Step) -> Callable[[], Checked]:
    def look() -> Checked:
        try:
            return step.look(environment)
        except (PortError, VampError) as error:
            return Checked.failed("", str(error))

    return look


def _state(step: Step, found: Checked, told: Mapping[str, Any]) -> StepState:
    if found.is_prepared:
        named = f"{found.system} {found.version}".strip()
        return StepState(step.name, step.title, DONE, named)
    wrong = [each for each in found.findings if each.tone is not Tone.GOOD]
    message = "; ".join(f"{each.what}: {each.message}" for each in wrong)
    hint = "; ".join(each.hint for each in wrong if each.hint)
    state = told.get("state", WAITING)
    return StepState(
        step.name,
        step.title,
        state if state in (FAILED, BY_HAND) else (WAITING if found.ok else FAILED),
        str(told.get("message") or message),
        str(told.get("hint") or hint),
    )


def _told(step: Step, told: Mapping[str, Any]) -> StepState:
    found = told.get(step.name, {})
    state, message, hint = (str(found.get(key, "")) for key in ("state", "message", "hint"))
    return StepState(step.name, step.title, state or WAITING, message, hint)


def _note(environment: Environment, number: int, state: StepState) -> None:
    with transaction.atomic(using=DEFAULT):
        rows = SetupRun.objects.using(DEFAULT).select_for_update()
        run = rows.filter(pk=environment.pk, number=number).first()
        if run is None:
            return
        said = {"state": state.state, "message": state.message, "hint": state.hint}
        run.steps = {**run.steps, state.name: said}
        run.save(using=DEFAULT, update_fields=["steps"])
        _emit(events.SETUP_CHANGED, environment, number)


def _emit(what: str, environment: Environment, number: int) -> None:
    outbox.emit(
        what, using=DEFAULT, organisation=environment.organisation.name,
        environment=environment.name,
        payload={"environment_id": environment.pk, "number": number},
    )  # fmt: skip
