from __future__ import annotations

from tenants.models import Deletion, Organisation
from tenants.services.deletion_run import continue_deletion
from tests.vamp.cli.things import BOTH, GATEWAY

NESTED = (
    f"{BOTH}---\nkind: Gateway\nname: api\nhosts: [api.acme.test]\nroutes: [{{gateway: shop}}]\n"
)


def test_delete__what_documents_name__goes_in_an_order_that_works(shell):
    shell.vamp("apply", "-f", "-", stdin=NESTED)
    path = shell.write("all.yaml", NESTED)

    ran = shell.vamp("delete", "-f", path, "--yes")

    assert ran.exit == 0, ran.err
    assert set(ran.out.splitlines()) == {
        "gateway api deleted", "gateway shop deleted", "policy canary deleted",
    }  # fmt: skip


def test_delete__gateway_that_others_lead_to__is_in_conflict(shell):
    shell.vamp("apply", "-f", "-", stdin=NESTED)

    ran = shell.vamp("delete", "gateway", "shop")

    assert ran.exit == 5
    assert "error: In conflict" in ran.err


def test_delete__dry_run__leaves_it(shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH)

    assert (
        shell.vamp("delete", "gateway/shop", "--dry-run").out == "gateway shop would be deleted\n"
    )
    assert shell.vamp("get", "gateway", "shop").exit == 0


def test_delete__nobody_to_ask__is_refused(shell):
    assert "give --yes" in shell.vamp("delete", "-f", shell.write("a.yaml", GATEWAY)).err


def gone_on(_seconds: float = 0) -> None:
    """What a worker does with deletions that were asked for."""
    for pk in Deletion.objects.running().values_list("pk", flat=True):
        continue_deletion(pk)


def test_delete__environment__wants_its_name_and_tells_what_goes(root):
    root.vamp("apply", "-f", "-", stdin=BOTH)
    root.is_terminal = True

    wrong = root.vamp("delete", "environment", "production", stdin="prod\n")
    right = root.vamp("delete", "environment", "production", stdin="production\n")

    assert wrong.exit == 2
    assert "  gateways: 1\n" in wrong.err
    assert "releases" not in wrong.err
    assert (right.exit, right.out) == (0, "environment production is being deleted\n"), right.err
    assert Deletion.objects.running().count() == 1


def test_delete__organisation__tells_what_goes_with_each_environment(root):
    root.vamp("apply", "-f", "-", stdin=BOTH)
    root.is_terminal = True

    told = root.vamp("delete", "organisation", "acme", stdin="no\n").err

    assert "  environment production, with " in told
    assert " rows, " in told


def test_delete__waited_for__ends_when_it_is_gone(root):
    root.on_sleep = gone_on

    environment = root.vamp("delete", "environment", "production", "-y", "--wait")
    organisation = root.forklift("delete", "organisation", "acme", "-y", "--wait")

    assert environment.out == "environment production deleted\n", environment.err
    assert organisation.exit == 0, organisation.err
    assert organisation.out.startswith("organisation acme deleted")
    assert not Organisation.objects.filter(name="acme").exists()


def test_delete__not_gone_in_time__ends_with_7_and_goes_on(root):
    ran = root.vamp("delete", "environment", "production", "-y", "--wait", "--timeout", "2s")

    assert ran.exit == 7
    assert "deleting environment production is not over within 2 s" in ran.err
    assert Deletion.objects.running().exists()


def test_delete__things_of_a_file_on_a_terminal__is_asked_once(shell):
    shell.vamp("apply", "-f", "-", stdin=BOTH)
    shell.is_terminal = True
    path = shell.write("all.yaml", BOTH)

    assert shell.vamp("delete", "-f", path, stdin="n\n").exit == 2
    assert shell.vamp("delete", "-f", path, stdin="y\n").exit == 0


def test_delete__words_and_file_together__is_wrong_usage(shell):
    assert shell.vamp("delete", "gateway", "a", "-f", "x").exit == 2
    assert shell.vamp("delete", "gateway").exit == 2
    assert shell.vamp("delete", "service", "a").exit == 2
