"""A process that emits events as services do, each in a transaction of its own.

How many to emit is read from standard input, a number a line; it ends with its input.
"""

from __future__ import annotations

import os
import sys
from itertools import count, islice


def main() -> None:
    """Emit the numbers from the first argument on, at the pace of the standard input."""
    import django

    django.setup()
    from django.db import transaction

    from vamp import outbox

    what, organisation = os.environ["BENCH_WHAT"], os.environ["BENCH_ORGANISATION"]
    numbers = count(int(sys.argv[1]))
    for line in sys.stdin:
        for number in islice(numbers, int(line)):
            with transaction.atomic(using="default"):
                outbox.emit(
                    what,
                    using="default",
                    organisation=organisation,
                    environment="bench",
                    payload={"number": number},
                )


if __name__ == "__main__":
    main()
