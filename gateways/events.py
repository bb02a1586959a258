"""Events that this app emits; the subject is ``vamp.<organisation>.<environment>.<name>``."""

GATEWAY_CREATED = "gateways.gateway.created"
GATEWAY_CHANGED = "gateways.gateway.changed"
GATEWAY_REMOVED = "gateways.gateway.removed"
GATEWAY_PUBLISHED = "gateways.gateway.published"
GATEWAY_APPLIED = "gateways.gateway.applied"
WEIGHTS_CHANGED = "gateways.weights.changed"
ROUTE_ADDED = "gateways.route.added"
ROUTE_REMOVED = "gateways.route.removed"
INSTANCES_CHANGED = "gateways.instances.changed"
VERSION_APPEARED = "gateways.version.appeared"
VERSION_VANISHED = "gateways.version.vanished"
AGENT_APPEARED = "gateways.agent.appeared"
AGENT_FAULTED = "gateways.agent.faulted"

NEEDS_PUBLICATION = frozenset(
    {GATEWAY_CREATED, GATEWAY_CHANGED, GATEWAY_REMOVED, WEIGHTS_CHANGED, INSTANCES_CHANGED}
)
"""Events after which a part in the key-value store is older than its definition."""
