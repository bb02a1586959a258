"""Changes to policies and releases: one function a change, called by every door."""
