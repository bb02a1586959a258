"""The Kubernetes driver: one namespace of one cluster, over plain HTTPS and JSON."""
