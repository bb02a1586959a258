"""Setting an environment up from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.models import Environment
from tenants.selectors import namespace_row
from tenants.services.setup.namespace import grant_namespace, manifest_of
from tenants.services.setup.running import BY_HAND, DONE, FAILED, RUNNING, StepState, run_steps
from tenants.services.tokens import create_token
from vamp.errors import VampError
from vamp.port_faults import told
from vamp.ports.errors import PortError
from vamp.secrets import write_secret

ACTOR = "vamp:setup"

_MARKS = {DONE: "ok  ", FAILED: "FAIL", BY_HAND: "YOU "}


class Command(BaseCommand):
    """Does every step that is not done, in this process, and says of each how it went."""

    help = "Initialise what an environment needs; exit 1 if a step failed. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the environment, and what an administrator of its cluster gives once."""
        parser.add_argument("tenant", help="organisation/environment")
        parser.add_argument(
            "--kubeconfig",
            type=Path,
            help="of an administrator of the scheduler's cluster: makes namespace and account",
        )
        parser.add_argument(
            "--agent-token-file", type=Path, help="make a token for the agents, into this file"
        )
        parser.add_argument(
            "--manifest",
            action="store_true",
            help="print what --kubeconfig would make, for kubectl apply -f -, and do nothing",
        )

    def handle(self, *args: Any, tenant: str, **options: Any) -> None:
        """Run the steps."""
        environment = _environment(tenant)
        if options["manifest"]:
            self.stdout.write(manifest_of(environment))
            return
        try:
            if options["kubeconfig"]:
                self._grant(environment, options["kubeconfig"])
            if options["agent_token_file"]:
                self._token(environment, options["agent_token_file"])
        except (VampError, PortError) as refusal:
            raise CommandError(told(refusal).message) from refusal
        except OSError as error:
            raise CommandError(str(error)) from error
        ended = run_steps(environment, self._tell)
        failed = [step.name for step in ended if step.state == FAILED]
        if failed:
            raise CommandError(f"failed: {', '.join(failed)}; mend them and run this again")

    def _grant(self, environment: Environment, kubeconfig: Path) -> None:
        grant_namespace(environment, kubeconfig.read_text(), actor=ACTOR)
        self.stdout.write(f"ok   namespace {environment.namespace} with an account for Vamp")

    def _token(self, environment: Environment, path: Path) -> None:
        if path.exists():
            raise CommandError(f"{path} is there already; name another file")
        name = f"{environment.name}-{path.stem}"[:63]
        _, text = create_token(name, actor=ACTOR, agent_of=environment)
        write_secret(path, text)
        self.stdout.write(f"ok   token {name} for the agents: in {path}")

    def _tell(self, step: StepState) -> None:
        if step.state == RUNNING:
            return
        self.stdout.write(f"{_MARKS.get(step.state, '    ')} {step.title}  {step.message}".rstrip())
        if step.hint:
            self.stdout.write(f"     {step.hint}")


def _environment(tenant: str) -> Environment:
    organisation, slash, name = tenant.partition("/")
    if not slash:
        raise CommandError(f"write organisation/environment, not {tenant!r}")
    found = namespace_row(organisation, name)
    if not isinstance(found, Environment):
        raise CommandError(f"There is no environment {tenant}; make it: manage.py lift {tenant}")
    return found
