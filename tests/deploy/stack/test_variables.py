import subprocess

from hypothesis import given
from hypothesis import strategies as st

from deploy.stack.variables import env_file, shown

PRINTABLE = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=40)


def test_env_file__of_plain_values__has_an_export_a_line_by_name():
    text = env_file(
        {"VAMP_STACK_DIR": "/srv/stack", "VAMP_KV_URL": "vault://127.0.0.1:1/vamp?tls=off"}
    )

    assert text == (
        "export VAMP_KV_URL='vault://127.0.0.1:1/vamp?tls=off'\n"
        "export VAMP_STACK_DIR='/srv/stack'\n"
    )


@given(PRINTABLE)
def test_env_file__any_value__is_what_a_shell_reads(value):
    read = subprocess.run(
        ["bash", "-c", f'{env_file({"VAMP_X": value})} printf %s "$VAMP_X"'],
        capture_output=True,
        check=True,
    ).stdout

    assert read.decode() == value


def test_shown__value_with_a_password__blanks_it():
    text = shown(
        {"A": "mysql://vamp:s3cret-x_@127.0.0.1:3306/vamp", "B": "redis://:s3cret@127.0.0.1:1/0"}
    )

    assert "s3cret" not in text
    assert "mysql://vamp:***@127.0.0.1:3306/vamp" in text
    assert "redis://:***@127.0.0.1:1/0" in text


def test_shown__value_without_a_password__is_left_as_it_is():
    text = shown({"A": "https://127.0.0.1:6443", "B": "nats://127.0.0.1:4222"})

    assert text == "export A='https://127.0.0.1:6443'\nexport B='nats://127.0.0.1:4222'\n"
