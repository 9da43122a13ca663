"""``python -m dbl_core``."""

import sys

from dbl_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
