"""Events that this app emits; the subject is ``vamp.<organisation>.<environment>.<name>``."""

from tenants import events as tenants_events

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
AGENT_FORGOTTEN = "gateways.agent.forgotten"

NEEDS_PUBLICATION = frozenset(
    {
        *(GATEWAY_CREATED, GATEWAY_CHANGED, GATEWAY_REMOVED, WEIGHTS_CHANGED, INSTANCES_CHANGED),
        *(tenants_events.ENVIRONMENT_CLONED, tenants_events.ENVIRONMENT_RESTORED),
    }
)
"""Events after which a part in the key-value store is older than its definition."""

NEEDS_MANIFEST = frozenset(
    {
        AGENT_APPEARED,
        AGENT_FORGOTTEN,
        tenants_events.ENVIRONMENT_CREATED,
        tenants_events.ENVIRONMENT_CHANGED,
    }
)
"""Events after which the manifest's order of agents or shared port is no longer right."""
