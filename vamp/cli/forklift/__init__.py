"""The commands of ``forklift``: verbs over the things that an administrator makes."""
