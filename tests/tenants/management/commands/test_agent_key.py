import pytest
from django.core.management import CommandError, call_command


def test_agent_key__of_an_environment__prints_what_agents_need(environment, settings, capsys):
    call_command("agent_key", "acme/production")

    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"VAMP_AGENT_KV_URL={settings.KV_URL}"
    assert len(told[1]) > len("VAMP_AGENT_KV_KEY=")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["acme/nowhere"], "there is no environment acme/nowhere"),
        (["acme"], "there is no environment acme"),
        (["acme/production", "--rotate"], "derive from its master key"),
    ],
)
def test_agent_key__that_cannot_be__says_why(environment, arguments, said):
    with pytest.raises(CommandError, match=said):
        call_command("agent_key", *arguments)
