"""A button that copies the address of this view, made in the browser: only it knows under which name it is reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

HTML = """
<button type="button" class="copy"></button>
<div class="panel" role="group" hidden>
  <p class="said" role="status"></p>
  <label>The link <input readonly spellcheck="false"></label>
  <p class="needs"></p>
  <button type="button" class="close">Close</button>
</div>
"""
CSS = """
:host { position: relative; display: block; }
button { font: inherit; font-size: 0.875rem; padding: 0.25rem 0.75rem; min-height: 2.25rem; cursor: pointer;
  color: var(--st-text-color); background: var(--st-background-color); white-space: nowrap;
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius, 0.5rem); }
button:empty { visibility: hidden; }
button:hover { border-color: var(--st-primary-color); color: var(--st-primary-color); }
button:focus-visible, input:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.panel { margin-top: 0.5rem; padding: 0.75rem; width: min(22rem, 78vw); box-sizing: border-box; font-size: 0.875rem;
  color: var(--st-text-color); background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: 0.5rem; }
.panel[hidden] { display: none; }
.floating { position: absolute; right: 0; z-index: 100; box-shadow: 0 0.25rem 1rem rgba(0, 0, 0, 0.25); }
p { margin: 0 0 0.5rem; overflow-wrap: anywhere; }
input { font: inherit; width: 100%; box-sizing: border-box; margin: 0.25rem 0 0.5rem; padding: 0.375rem;
  color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: 0.25rem; }
"""
JS = """
export default function (component) {
  const { data, parentElement: root } = component;
  const [copy, close] = [root.querySelector(".copy"), root.querySelector(".close")];
  const [panel, field] = [root.querySelector(".panel"), root.querySelector("input")];
  const said = root.querySelector(".said");
  copy.textContent = data.label;
  root.querySelector(".needs").textContent = data.needs;
  panel.setAttribute("aria-label", data.label);
  panel.classList.toggle("floating", data.floating);
  const address = () => {
    const url = new URL(window.location.href);
    url.hash = "";
    url.pathname = url.pathname.replace("/~/+", "");  // the inner frame of Streamlit Community Cloud
    for (const [key, value] of Object.entries(data.parameters)) {
      if (value === "") url.searchParams.delete(key); else url.searchParams.set(key, value);
    }
    return url.toString();
  };
  const written = async (text) => {
    try { await navigator.clipboard.writeText(text); return true; } catch { /* not offered without https */ }
    field.select();
    try { return document.execCommand("copy"); } catch { return false; }
  };
  if (!panel.hidden) field.value = address();
  copy.onclick = async () => {
    panel.hidden = false;
    field.value = address();
    said.textContent = await written(field.value) ? "Copied." : "Press Ctrl+C to copy it.";
  };
  field.onfocus = () => field.select();
  const shut = () => { panel.hidden = true; copy.focus(); };
  close.onclick = shut;
  panel.onkeydown = copy.onkeydown = (event) => { if (event.key === "Escape" && !panel.hidden) shut(); };
}
"""
_MOUNT = st.components.v2.component("dbl_copy_link", html=HTML, css=CSS, js=JS)


def copy_link(
    label: str, parameters: Mapping[str, str], needs: Sequence[str], *, key: str, floating: bool = False
) -> None:
    """Place a button that copies this page's address with some parameters, and a field that shows it.

    Args:
        label: what stands on the button.
        parameters: what the link says beside the address in the browser's bar; an empty text takes a parameter out.
        needs: sentences on what the other machine must have.
        key: names the button.
        floating: whether the field lies over the page, below the button's right end, and moves nothing.
    """
    _MOUNT(
        key=key,
        data={"label": label, "parameters": dict(parameters), "needs": " ".join(needs), "floating": floating},
        width="content",
        height="content",
    )
