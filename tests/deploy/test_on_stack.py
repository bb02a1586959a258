import os
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "deploy" / "on-stack.sh"


def on_stack(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, *command],
        env={**os.environ, "VAMP_STACK_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_on_stack__no_stack_was_started__says_what_to_do(tmp_path):
    ended = on_stack(tmp_path, "true")

    assert ended.returncode == 1
    assert (
        f"there is no {tmp_path}/stack.env: start the real servers with `make stack`"
        in ended.stderr
    )


def test_on_stack__stack_was_started__runs_the_command_with_its_variables(tmp_path):
    (tmp_path / "stack.env").write_text("export VAMP_KV_URL='vault://127.0.0.1:1/vamp'\n")

    ended = on_stack(tmp_path, "sh", "-c", 'printf %s "$VAMP_KV_URL"; exit 3')

    assert ended.stdout == "vault://127.0.0.1:1/vamp"
    assert ended.returncode == 3
