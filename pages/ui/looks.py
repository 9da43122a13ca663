"""What the theme of ``.streamlit/config.toml`` cannot say, so that all text has a contrast of at least 4.5 (WCAG AA).

Streamlit writes on its primary buttons in white in both themes, draws the words of plotly figures in a grey of its own
that no setting reaches (3.7 on white), and colours commands with shades down to 2.6.
"""

from __future__ import annotations

import streamlit as st

BUTTON = "#0B6FB0"
"""Primary buttons of both themes: white on it has a contrast of 5.4."""
STYLE = f"""<style>
[data-testid="stBaseButton-primary"], [data-testid="stBaseButton-primaryFormSubmit"] {{
  background-color: {BUTTON}; border-color: {BUTTON}; color: #FFFFFF; }}
.js-plotly-plot :is(g[class$="tick"], g[class^="g-"][class$="title"], .textpoint) text,
.js-plotly-plot text:is(.bartext-outside, .annotation-text) {{
  fill: currentColor !important; fill-opacity: 0.75; }}
[data-testid="stCode"] .token {{ color: inherit; }}
</style>"""


def looks() -> None:
    """Place the style; it takes no room on the page."""
    st.html(STYLE)
