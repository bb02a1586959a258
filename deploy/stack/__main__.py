"""`python -m deploy.stack`."""

import sys

from deploy.stack.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
