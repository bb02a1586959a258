"""Changes to gateways: one function a change, called by every door."""
