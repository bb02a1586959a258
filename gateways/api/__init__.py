"""The API of `gateways`: views that check shape and call services, nothing else."""
