"""A Kubernetes control plane, and nodes that kwok plays."""
