from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize("arguments", [["--port", "http"], ["--socket", "x"]])
def test_web__bad_arguments__are_refused_before_anything_listens(arguments):
    with pytest.raises(CommandError, match="Error: "):
        call_command("web", *arguments)
