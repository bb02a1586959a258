"""How servers that no Debian package brings are built from their published sources."""
