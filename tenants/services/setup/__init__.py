"""Setting an environment up: what a new one needs in each of its systems, step by step."""
