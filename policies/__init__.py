"""Release policies, releases, and the Release Agent that moves traffic on evidence.

Emits ``vamp.<organisation>.<environment>.policies.*``; hears of routes that a selector made.
Nothing imports it; it imports `gateways`, `tenants` and `vamp`. `domain` and `documents` are pure.
"""
