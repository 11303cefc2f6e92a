"""So that ``python -m datacheck`` is the command line too."""

import sys

from datacheck.cli import main

if __name__ == "__main__":
    sys.exit(main())
