"""The one-minute tour: what each page answers, in five steps. It runs in the browser, which remembers that it was seen.

Opens by itself on the first visit of Home without parameters in the address; somebody who came by a link came for what
it shows. It covers nothing, takes no focus, and can be opened again by its button.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from pages.ui import page, state

STEPS = (
    (
        "Dataset",
        "A few labels have most of the images. Choose how uneven the training set is, and look at what came out.",
    ),
    (
        "Labels",
        "Which labels are rare, and which come together? Rare ones ride along with frequent ones, so showing rare "
        "images more often does not balance.",
    ),
    (
        "Loss Lab",
        "What does a loss do to a rare and to a frequent label? Move its options and watch loss, gradient and weight.",
    ),
    (
        "Playground",
        "Does it help? A head is retrained within a second of every change, and head, medium and tail answer.",
    ),
    (
        "Runs",
        "Is the difference real? Train with several seeds on Train, and compare runs with intervals on Runs.",
    ),
)
"""Page and what it answers, in the order of the story."""

HTML = """
<button type="button" class="open">Tour: what each page answers, in a minute</button>
<section aria-label="Tour" hidden>
  <p class="count" role="status"></p>
  <p class="text"></p>
  <div class="row">
    <button type="button" class="back">Back</button>
    <button type="button" class="next">Next</button>
    <a></a>
    <button type="button" class="close">Close the tour</button>
  </div>
</section>
"""
CSS = """
:host { display: block; font-size: 1rem; color: var(--st-text-color); }
section { padding: 0.875rem 1rem; background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: 0.5rem; }
[hidden] { display: none; }
p { margin: 0 0 0.5rem; max-width: 48rem; }
.count { font-weight: 600; }
.row { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
button { font: inherit; font-size: 0.875rem; padding: 0.25rem 0.75rem; min-height: 2.25rem; cursor: pointer;
  color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius, 0.5rem); }
button:disabled { opacity: 0.5; cursor: default; }
button:not(:disabled):hover { border-color: var(--st-primary-color); color: var(--st-primary-color); }
a { color: var(--st-link-color); padding: 0.25rem 0.5rem; }
.close { margin-left: auto; }
button:focus-visible, a:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
"""
JS = """
const SEEN = "long-tail-lab-tour-seen";
const remembered = () => { try { return localStorage.getItem(SEEN) !== null; } catch { return true; } };
const remember = () => { try { localStorage.setItem(SEEN, "1"); } catch { /* a browser that keeps nothing */ } };
export default function (component) {
  const { data, parentElement: root } = component;
  const [open, section] = [root.querySelector(".open"), root.querySelector("section")];
  const [back, next, link] = [root.querySelector(".back"), root.querySelector(".next"), root.querySelector("a")];
  const folder = window.location.pathname.replace(/[^/]*$/, "");
  let place = Number(section.dataset.place || 0);
  const draw = () => {
    const step = data.steps[place];
    section.dataset.place = place;
    root.querySelector(".count").textContent = `${place + 1} of ${data.steps.length}: ${step.title}`;
    root.querySelector(".text").textContent = step.text;
    link.textContent = `Open ${step.title}`;
    link.href = folder + step.address;
    back.disabled = place === 0;
    next.disabled = place === data.steps.length - 1;
  };
  const show = (yes) => { section.hidden = !yes; open.hidden = yes; };
  const close = () => { remember(); show(false); open.focus(); };
  back.onclick = () => { place -= 1; draw(); if (back.disabled) next.focus(); };
  next.onclick = () => { place += 1; draw(); if (next.disabled) back.focus(); };
  link.onclick = remember;
  open.onclick = () => { place = 0; draw(); show(true); next.focus(); };
  root.querySelector(".close").onclick = close;
  section.onkeydown = (event) => { if (event.key === "Escape") close(); };
  if (!section.dataset.drawn) {
    section.dataset.drawn = "yes";
    show(data.first && !remembered());
  }
  draw();
}
"""
_MOUNT = st.components.v2.component("dbl_tour", html=HTML, css=CSS, js=JS)


def tour() -> None:
    """Place the tour, open on a first visit without parameters, else its button; nothing where links are hidden."""
    if not state.hidden("navigation"):
        _MOUNT(key="home_tour", data={"steps": steps(), "first": not state.has_parameters()}, height="content")


def steps() -> Sequence[dict[str, str]]:
    """Return the steps whose page is part of this copy: its title, what it answers, and its address."""
    query = urlencode(state.dataset_query(state.dataset_choice()))
    return [
        {"title": title, "text": text, "address": f"{entry.path}?{query}" if query else entry.path}
        for title, text in STEPS
        if (entry := page.PAGES[title]).exists
    ]
