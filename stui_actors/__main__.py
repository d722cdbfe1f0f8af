"""``python -m stui_actors``: the command line."""

import sys

from stui_actors.cli import main

if __name__ == "__main__":
    sys.exit(main())
