"""The lab as a public one: the entry script for the Streamlit Community Cloud and hosts like it.

The pages are those at the root of the repository, each under its usual address. There must be no folder ``pages``
beside this script: Streamlit would serve that folder in place of what ``st.navigation`` names.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("DBL_MODE", "public")  # before the lab is imported: some limits are read once
ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from pages.ui import page  # noqa: E402

entries = [entry for entry in page.PAGES.values() if entry.exists]
st.navigation([st.Page(entry.script, default=entry is entries[0]) for entry in entries], position="hidden").run()
