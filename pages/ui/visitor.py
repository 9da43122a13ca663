"""Who looks at a public lab: a secret of the browser names the visitor's folders; and what such a lab says of itself.

The secret is drawn by the server and kept as a cookie of the browser, so that a reload, another tab and a link of one's
own find one's runs again. It never stands in an address: links are shared. Without cookies it lasts as long as the tab.

Over https the name of the cookie begins with ``__Host-``: browsers then let nobody set it but this very host, not a
neighbour under the same domain, who could else make a visitor use a secret that the neighbour knows.
"""

from __future__ import annotations

import hashlib
import re
import secrets

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dbl_core import hosting
from dbl_core.runs import paths, visitors
from pages.ui import held_uploads, state

COOKIE = "dbl_visitor"
HOST_ONLY = "__Host-"
KEPT = "visitor_secret"
AT_HOME = "pip install -r requirements.txt\nstreamlit run app.py"
_SECRET = re.compile(r"[0-9a-f]{64}")
_SET_COOKIE = """<script>{{
const secure = location.protocol === "https:";
const name = (secure ? "{prefix}" : "") + "{name}=";
const kept = document.cookie.split("; ").filter(one => one.startsWith(name)).map(one => one.slice(name.length))[0];
if (!/^[0-9a-f]{{64}}$/.test(kept) || kept === "{secret}")  // another tab that was opened at the same time comes first
  document.cookie = name + "{secret}; Max-Age={seconds}; Path=/; SameSite=Lax" + (secure ? "; Secure" : "");
}}</script>"""


def _folder() -> str:
    """The name of this visitor's folders, from which nobody learns the secret; empty outside of a page."""
    return "" if get_script_run_ctx() is None else hashlib.sha256(_secret().encode()).hexdigest()[:32]


def _secret() -> str:
    kept = state.value_of(KEPT)
    if kept is None:
        kept = _in_cookie() or secrets.token_hex(32)
        state.keep(KEPT, kept)
    return kept


def _in_cookie() -> str:
    found = st.context.cookies.get(cookie_name(st.context.url), "")
    return found if isinstance(found, str) and _SECRET.fullmatch(found) else ""


def cookie_name(url: str | None) -> str:
    """Return the name of the cookie at an address of the lab."""
    return f"{HOST_ONLY}{COOKIE}" if (url or "").startswith("https:") else COOKIE


hosting.know_visitors_by(_folder)


def note_visit() -> None:
    """In a public lab: note that the visitor is here, and let the browser keep the secret; on every page, always."""
    if not hosting.is_public():
        return
    held_uploads.bound_this_server()
    visitors.seen(paths.DEFAULT_RUNS_DIR)
    lasts = round(hosting.LIMITS.runs_idle)  # from this visit on: the cookie is written again at every one
    script = _SET_COOKIE.format(prefix=HOST_ONLY, name=COOKIE, secret=_secret(), seconds=lasts)
    st.html(script, unsafe_allow_javascript=True)


def welcome() -> None:
    """In a public lab: say what it is; for the sidebar."""
    if not hosting.is_public():
        return
    limits = hosting.LIMITS
    st.divider()
    st.caption(
        f"**Public lab.** Runs are short: the classifier alone, at most {limits.run_seconds / 60:.0f} minutes, one run "
        "at a time. Only this browser sees your runs and uploads. Uploads are deleted "
        f"{limits.uploads_idle / 60:.0f} minutes after your last visit, runs after {limits.runs_idle / 3600:.0f} hours."
    )
    with st.expander("Without limits", icon=":material/home:"):
        st.caption("On your own machine, in a copy of the lab's repository:")
        st.code(AT_HOME, language="bash", wrap_lines=True)


def only_at_home(what: str) -> None:
    """Refuse what a public lab does not offer.

    Raises:
        ValueError: The lab is public.
    """
    if hosting.is_public():
        raise ValueError(f"{what} not part of a public lab; {visitors.AT_HOME}")
