from __future__ import annotations

from tests.vamp.cli.contract import ORGANISATION
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


def test_delete__environment__wants_its_name_and_tells_what_goes(contract, contract_shell):
    contract.rows[f"{ORGANISATION}/environments"] = [{"name": "dev"}]
    contract.fixed[f"{ORGANISATION}/environments/dev/deletion"] = {
        "preview": {"gateways": 3, "policies": 0}, "deletion": None,
    }  # fmt: skip
    contract_shell.is_terminal = True

    wrong = contract_shell.vamp("delete", "environment", "dev", stdin="prod\n")
    right = contract_shell.vamp("delete", "environment", "dev", stdin="dev\n")

    assert wrong.exit == 2
    assert "gateways: 3" in wrong.err
    assert "policies" not in wrong.err
    assert right.exit == 0, right.err
    assert contract.asked[-1][1] == f"{ORGANISATION}/environments/dev?confirm=dev"
    assert contract.rows[f"{ORGANISATION}/environments"] == []


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


def test_delete__that_goes_on_in_the_background__says_so(contract, contract_shell):
    contract.said = [(202, {}, {"path": "acme/dev", "finished_at": None})]

    ran = contract_shell.vamp("delete", "environment", "dev", "--yes")

    assert ran.out == "environment dev is being deleted\n"
