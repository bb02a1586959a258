"""The audit trail: recording, sealing into a chain, verifying, keeping elsewhere, forgetting.

`record` writes an entry in the transaction of the change; `vamp.audit.sealing` links entries into a
chain within a second, `vamp.audit.verifying` walks it. Every app may import `record`, `came_with`
and `origin`; the loops live in `vamp.processes.auditing`.
"""

from vamp.audit.origin import NOWHERE, Origin, came_with, origin
from vamp.audit.recording import record

__all__ = ["NOWHERE", "Origin", "came_with", "origin", "record"]
