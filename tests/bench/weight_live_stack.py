"""``weight-live.stack``: the same change as `weight_live`, with every store on a real server."""

from __future__ import annotations

from functools import partial
from typing import Final

from gateways.management.stack_site import stores_site
from tests.bench import stack, weight_live
from tests.bench.measurement import Measurement
from tests.bench.running import Tell

TARGET_MS: Final = 20.0


def measure(tell: Tell) -> Measurement:
    """Move all traffic from one version to the other and back, on the real servers."""
    place = partial(stores_site, stack.variables())
    return weight_live.measure(tell, place, target_ms=TARGET_MS)
