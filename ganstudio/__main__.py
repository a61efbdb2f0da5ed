"""``python -m ganstudio``: the command line, for a user who knows the interpreter and not where scripts are."""

import sys

from ganstudio.cli import main

if __name__ == "__main__":
    sys.exit(main())
