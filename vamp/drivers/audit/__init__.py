"""Archives of the audit trail."""
