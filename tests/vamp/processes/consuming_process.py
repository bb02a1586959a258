"""The consume process as a test starts it: what its one consumer hears goes to a file, a line each."""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path
from typing import Any


def main() -> None:
    import django

    django.setup()
    from django.conf import settings

    from vamp.processes import consuming
    from vamp.processes.stopping import end_on_signals

    with Path(os.environ["TEST_HEARD"]).open("a", buffering=1) as file:
        ears: Any = types.ModuleType("tests_ears")
        ears.CONSUMER, ears.CONCERNS, ears.URGENT = "ears", frozenset({"x.y.z"}), frozenset()
        ears.on_message = lambda message: file.write(f"{message.payload['number']}\n")
        sys.modules["tests_ears"] = ears
        settings.CONSUMERS = ["tests_ears"]
        consuming.run(end_on_signals())


main()
