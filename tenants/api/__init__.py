"""The API of `tenants`: views that check shape and call services, nothing else."""
