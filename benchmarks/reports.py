"""How long a report takes to write and how large it is, from 1 run to 20 runs of 400 labels.

    python benchmarks/reports.py

The runs are made up (nothing is trained), their folders are as those of real ones: 150 epochs, scores of 600 images.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dbl_core.report import compose, gather, report_html
from tests.fake_runs import write_many

N_LABELS, N_EPOCHS = 400, 150
SIZES = (1, 5, 20)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="long-tail-lab-") as place:
        folders = write_many(Path(place), n_labels=N_LABELS, n_runs=max(SIZES), n_epochs=N_EPOCHS)
        report_html(compose(gather(folders[:1])))  # what is loaded once is not counted
        for n_runs in SIZES:
            started = time.process_time()
            page = report_html(compose(gather(folders[:n_runs])))
            took = time.process_time() - started
            print(f"{took:6.2f} s of a core, {len(page.encode()) / 1e6:5.1f} MB   {n_runs:2} runs of {N_LABELS} labels")


if __name__ == "__main__":
    main()
