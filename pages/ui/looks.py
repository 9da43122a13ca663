"""What the theme of ``.streamlit/config.toml`` cannot say: a contrast of at least 4.5 for all text (WCAG AA), edges.

Streamlit writes on its primary buttons in white in both themes, draws the words of plotly figures in a grey of its own
that no setting reaches (3.7 on white), colours commands with shades down to 2.6, and fades links of captions (2.7).
Links to pages have a padding that moves their icon away from the edge of the text below, and cut long names. A link
from a page to itself it marks like the place in the navigation; beside other links it is one of them.
"""

from __future__ import annotations

import streamlit as st

BUTTON = "#0B6FB0"
"""Primary buttons of both themes: white on it has a contrast of 5.4."""
STYLE = f"""<style>
[data-testid="stBaseButton-primary"], [data-testid="stBaseButton-primaryFormSubmit"] {{
  background-color: {BUTTON}; border-color: {BUTTON}; color: #FFFFFF; }}
.js-plotly-plot :is(g[class$="tick"], g[class^="g-"][class$="title"], .textpoint) text,
.js-plotly-plot text:is(.bartext-outside, .annotation-text, .updatemenu-item-text, .slider-label),
.js-plotly-plot .cbtitle text {{
  fill: currentColor !important; fill-opacity: 0.75; }}
[data-testid="stCode"] .token {{ color: inherit; }}
[data-testid="stMain"] [data-testid="stPageLink"] {{ position: relative; left: -0.5rem; }}
[data-testid="stMain"] [data-testid="stPageLink-NavLink"] * {{ white-space: normal; }}
[data-testid="stMain"] [data-testid="stPageLink-NavLink"]:not(:hover, :focus-visible) {{ background: transparent; }}
[data-testid="stMain"] [data-testid="stPageLink-NavLink"] :is(p, div) {{ font-weight: 400; }}
[data-testid="stCaptionContainer"] :is(a, code) {{ color: inherit; }}
</style>"""


def looks() -> None:
    """Place the style; it takes no room on the page."""
    st.html(STYLE)
