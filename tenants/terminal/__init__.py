"""Commands that other packages bring and that change rows, in a form that the audit trail sees.

An app of its own, because Django takes a command from the first app that has it, and the tenants
come after the packages that bring these. Which command is audited, and how, says
`tests/test_commands_audited.py`.
"""
