"""The child process of a download that knows the sizes and checksums of the miniatures: ``JOB_DIR``."""

import sys

from dbl_core.download import work
from dbl_core.download.__main__ import main
from tests.download.plans import miniature_plans

if __name__ == "__main__":
    work.PLANS = miniature_plans()
    sys.exit(main(sys.argv[1:]))
