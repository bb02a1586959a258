import csv
import json
from pathlib import Path

from deploy.stack.components.kubernetes.accounts import ACCOUNTS, ADMIN, kubeconfig, token_file


def test_token_file__of_all_accounts__has_token_name_id_and_groups_a_line():
    rows = list(
        csv.reader(token_file({each.name: f"t-{each.name}" for each in ACCOUNTS}).splitlines())
    )

    assert rows[0] == [f"t-{ADMIN.name}", ADMIN.name, ADMIN.name, "system:masters"]
    assert [row[1] for row in rows] == [each.name for each in ACCOUNTS]
    assert {row[3] for row in rows[1:]} == {""}  # the others have only what goes with their names


def test_kubeconfig__of_an_account__leads_to_server_authority_and_token():
    text = kubeconfig(address="https://127.0.0.1:1", ca_file=Path("/ca.crt"), token="t")

    config = json.loads(text)
    context = config["contexts"][0]
    assert config["current-context"] == context["name"]
    assert config["clusters"][0]["cluster"] == {
        "server": "https://127.0.0.1:1",
        "certificate-authority": "/ca.crt",
    }
    assert config["users"][0]["user"] == {"token": "t"}
