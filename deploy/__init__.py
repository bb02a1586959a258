"""What sets this repository up and runs it: scripts, container files, the stack of real servers."""
