"""Training runs: data in memory, one linear loop, an evaluation every epoch.

``python -m dbl_core.train RUN_DIR`` is the child process of every run; ``run.py`` reads from top to bottom.
"""
