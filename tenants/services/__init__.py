"""Changes to tenants: one function a change, called by every door."""
