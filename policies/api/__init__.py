"""The API of `policies`: views that check shape and call services, nothing else."""
