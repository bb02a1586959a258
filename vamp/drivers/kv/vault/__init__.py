"""The key-value store in HashiCorp Vault: the secrets engine KV, version 2, spoken to by hvac."""
