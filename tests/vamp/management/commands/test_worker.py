from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize(
    "arguments", [["--threads", "many"], ["--pool", "x"], ["--queues", "fast"]]
)
def test_worker__bad_arguments__are_refused_before_anything_runs(arguments):
    with pytest.raises(CommandError, match="Error: "):
        call_command("worker", *arguments)
