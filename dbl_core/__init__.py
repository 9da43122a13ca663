"""Long-tailed multi-label learning: subsets, label statistics, losses, metrics, short training runs.

Importing this package loads neither torch nor Streamlit; see README.md for where things live.
"""

__version__ = "0.1.0"
