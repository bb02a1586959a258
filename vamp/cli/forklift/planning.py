"""``forklift … release-plan``: starting a version where it is due, and telling how far it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Optional

import typer

from vamp.cli.asking import asked
from vamp.cli.commands.changing import DryRun, Form, Yes, form_of
from vamp.cli.commands.releases import begin
from vamp.cli.completing import named
from vamp.cli.documents import read_one
from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.forklift.making import Verb
from vamp.cli.forklift.plans import NOT_STARTED, Plan, due, plan_of, plan_through, status_of, told
from vamp.cli.forklift.verbs import File
from vamp.cli.kind import Column
from vamp.cli.kinds import kind_named
from vamp.cli.output import as_yaml
from vamp.cli.session import Session
from vamp.cli.wording import counted

Version = Annotated[str, typer.Argument(metavar="VERSION", show_default=False)]
Service = Annotated[
    str, typer.Option("-s", "--service", autocompletion=named("service"), help="Whose version.")
]
Environments = Annotated[
    Optional[list[str]],  # noqa: UP045  (typer reads it)
    typer.Option(
        "--through", metavar="ENVIRONMENT", autocompletion=named("environment"), show_default=False,
        help="Environments in their order; again for more. Else all, in the pipeline's order.",
    ),
]  # fmt: skip
_COLUMNS = (
    Column("SERVICE", "service"), Column("VERSION", "version"), Column("STATUS", "status"),
    Column("ENVIRONMENTS", "environments"),
)  # fmt: skip


def advance(verb: Verb) -> Callable[..., None]:
    """Return the command that starts a plan, or takes it further."""

    def change(
        session: Session,
        version: Version,
        service: Service = "",
        file: File = None,
        form: Form = "",
        through: Environments = None,
        policy: Annotated[str, typer.Option(help="Release policy; else each gateway's own.")] = "",
        dry_run: DryRun = False,
    ) -> None:
        plan = wanted(session, version, service, file, form, through or [])
        before = looked_at(session, plan)
        is_begun = any(_statuses(before) - {NOT_STARTED})
        if verb is Verb.CREATE and is_begun:
            message = (
                f"{plan.service} {version} is under way: `forklift update release-plan` goes on"
            )
            raise Failure(message, Exit.CONFLICT)
        if verb is Verb.UPDATE and not is_begun:
            raise Failure(f"{plan.service} {version} was never started", Exit.NOT_FOUND)
        for name in due(before):
            start(session, plan, name, policy=policy, is_dry_run=dry_run)
        show_plan(session, before if dry_run else looked_at(session, plan))

    change.__doc__ = _DOCS[verb]
    return change


_DOCS = {
    Verb.CREATE: "Start releasing a version in the first environments of its plan.",
    Verb.UPDATE: "Take a version further: start it where the environments before are through.",
    Verb.ADD: "Start a version, or take it further: wherever it is due now.",
}


def wanted(
    session: Session,
    version: str,
    service: str,
    file: str | None,
    form: str,
    through: Sequence[str],
) -> Plan:
    """Return the plan of a file, or through environments one by one.

    Raises:
        Failure: neither says which service, or the file holds no plan.
    """
    if file:
        return plan_of(read_one(file, session.around, form=form_of(form)), service, version)
    if not service:
        raise misused("which service? give --service")
    names = list(through) or [row["name"] for row in _environments(session)]
    return plan_through(service, version, names)


def _environments(session: Session) -> list[dict[str, Any]]:
    return list(session.api.pages(kind_named("environment").list_path(session)))


def _inside(session: Session, environment: str) -> Session:
    return session.within(environment=f"{session.organisation}/{environment}")


def looked_at(session: Session, plan: Plan) -> dict[str, Any]:
    """Return the plan with the status of each environment, as its releases say.

    Raises:
        Failure: an environment of the plan is not there.
    """
    names = [name for group in plan.groups for name in group.environments]
    statuses = {
        name: status_of(newest(_releases(_inside(session, name), plan.service), plan.version))
        for name in dict.fromkeys(names)
    }
    return told(plan, statuses)


def _releases(inside: Session, service: str) -> Iterator[Mapping[str, Any]]:
    return inside.api.pages(kind_named("release").list_path(inside), service=service)


def newest(releases: Iterator[Mapping[str, Any]], version: str) -> list[Mapping[str, Any]]:
    """Return each gateway's newest release that has `version` for its target."""
    found: dict[str, Mapping[str, Any]] = {}
    for release in releases:
        if release["target_version"] == version:
            found.setdefault(release["gateway"], release)
    return list(found.values())


def start(session: Session, plan: Plan, environment: str, *, policy: str, is_dry_run: bool) -> None:
    """Start the version on every gateway of an environment that has a route to it.

    Raises:
        Failure: no gateway has one, or the server refuses.
    """
    inside = _inside(session, environment)
    kind = kind_named("gateway")
    rows = inside.api.pages(kind.list_path(inside), service=plan.service)
    chosen = [(row["name"], route) for row in rows if (route := _route(row, plan))]
    if not chosen:
        where = f"{session.organisation}/{environment}"
        message = f"no gateway of {where} has a route to {plan.service} {plan.version}"
        raise Failure(message, Exit.NOT_FOUND)
    would = "would be " if is_dry_run else ""
    for gateway, route in chosen:
        made = begin(inside, gateway, route, policy=policy, is_dry_run=is_dry_run)
        session.out.say(f"{environment}: release {gateway}/{made['number']} {would}started")


def _route(gateway: Mapping[str, Any], plan: Plan) -> str:
    for route in gateway["document"].get("routes") or []:
        if (route.get("service"), str(route.get("version"))) == (plan.service, plan.version):
            return str(route["name"])
    return ""


def _statuses(shown: Mapping[str, Any]) -> set[str]:
    return {each["status"] for group in shown["releaseGroups"] for each in group["environments"]}


def show_plan(session: Session, shown: Mapping[str, Any]) -> None:
    """Print a plan: as JSON, which earlier products had; as YAML where that is asked for."""
    if session.output == "yaml":
        session.out.write(as_yaml(dict(shown)))
    elif session.output == "name":
        session.out.names([f"release-plan/{shown['service']['version']}"])
    else:
        session.out.write(json.dumps(shown, indent=2, ensure_ascii=False) + "\n")


def show(
    session: Session,
    version: Version,
    service: Service = "",
    file: File = None,
    form: Form = "",
    through: Environments = None,
) -> None:
    """Show how far a version is in each environment of its plan, as JSON."""
    show_plan(
        session, looked_at(session, wanted(session, version, service, file, form, through or []))
    )


def list_plans(session: Session, service: Service = "") -> None:
    """List the versions that were released anywhere in the organisation, and how far each is."""
    found: dict[tuple[str, str], dict[str, list[Mapping[str, Any]]]] = {}
    names = [row["name"] for row in _environments(session)]
    for name in names:
        inside = _inside(session, name)
        path = kind_named("release").list_path(inside)
        for release in inside.api.pages(path, service=service or None):
            key = (release["service"], release["target_version"])
            found.setdefault(key, {}).setdefault(name, []).append(release)
    rows = []
    for (whose, version), releases in sorted(found.items()):
        statuses = {
            name: status_of(newest(iter(releases[name]), version))
            for name in names
            if name in releases
        }
        whole = told(plan_through(whose, version, statuses), statuses)["status"]
        rows.append(
            {"service": whose, "version": version, "status": whole, "environments": statuses}
        )
    if session.output == "name":
        session.out.names(f"release-plan/{row['version']}" for row in rows)
    elif not session.out.is_for_people:
        session.out.value(rows)
    elif rows:
        session.out.table(_COLUMNS, rows)
    else:
        session.out.say("there are no releases")


def abort(
    session: Session,
    version: Version,
    service: Service = "",
    through: Environments = None,
    reason: Annotated[str, typer.Option(help="Why, for the log of each release.")] = "",
    yes: Yes = False,
) -> None:
    """Abort every release of the version that is not over; traffic goes back to its source."""
    plan = wanted(session, version, service, None, "", through or [])
    running = []
    for group in plan.groups:
        inside = _inside(session, group.environments[0])
        found = newest(_releases(inside, plan.service), version)
        running += [(inside, each) for each in found if not each["is_over"]]
    if not running:
        raise Failure(f"nothing of {plan.service} {version} is under way", Exit.NOT_FOUND)
    if not yes:
        _confirm(session, version, len(running))
    kind = kind_named("release")
    for inside, release in running:
        name = kind.name_of(release)
        inside.api.answer("POST", f"{kind.path(inside, name)}/abort", {"reason": reason})
        session.out.done(f"{inside.environment}: release {name} aborted", name=f"release/{name}")


def _confirm(session: Session, version: str, count: int) -> None:
    if not session.around.asks_a_person:
        raise misused("nobody is here to confirm it: give --yes")
    if asked(session, f"type {version} to abort {counted(count, 'release')}: ") != version:
        raise Failure("that is another version: nothing was aborted", Exit.USAGE)
