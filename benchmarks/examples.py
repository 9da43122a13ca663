"""Record the example runs that come with the lab, in ``data/examples``: train them anew, export them without weights.

    python benchmarks/examples.py [--out FOLDER]

Plain BCE and the paper's DB-Focal with two seeds each, and BCE with class-aware sampling between them; all on the drawn
VOC-MLT set at the defaults of the lab. Takes a minute on two cores. The files say when, where and with which versions.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dbl_core.runs import archive
from dbl_core.runs.examples import EXAMPLES_DIR

ROOT = Path(__file__).resolve().parents[1]
BCE, DB_FOCAL = ("--loss", "bce"), ("--loss", "db_focal")
UNIFORM, CLASS_AWARE = ("--sampler", "uniform"), ("--sampler", "class_aware")
EXAMPLES = {
    "bce-uniform": (*BCE, *UNIFORM),
    "bce-uniform-seed-1": (*BCE, *UNIFORM, "--seed", "1"),
    "bce-class-aware": (*BCE, *CLASS_AWARE),
    "db-focal": (*DB_FOCAL, *CLASS_AWARE),
    "db-focal-seed-1": (*DB_FOCAL, *CLASS_AWARE, "--seed", "1"),
}
MOST_BYTES = 1_500_000


def main() -> None:
    """Train and export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=EXAMPLES_DIR, help="folder of the files")
    out = parser.parse_args().out
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, options in EXAMPLES.items():
            run_dir = Path(folder) / name
            command = [sys.executable, "-m", "dbl_core", "run", "--run-dir", str(run_dir), "--device", "cpu", *options]
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            file = archive.export_run(run_dir, out / archive.file_name(name), weights=False)
            total += file.n_bytes
            print(f"{file.path.name}: {file.n_bytes:,} bytes")
    print(f"{total:,} bytes in all, at most {MOST_BYTES:,} are to be in the repository")
    if total > MOST_BYTES:
        sys.exit("too large")


if __name__ == "__main__":
    main()
