from __future__ import annotations

import socket

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize("arguments", [["--port", "http"], ["--socket", "x"]])
def test_web__bad_arguments__are_refused_before_anything_listens(arguments):
    with pytest.raises(CommandError, match="Error: "):
        call_command("web", *arguments)


def test_web__another_listens_there__is_refused_before_anything_begins():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"another process listens at 127.0.0.1:{port}"):
            call_command("web", "--port", str(port))
