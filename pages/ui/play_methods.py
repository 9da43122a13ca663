"""The table of the paper, trained anew on the chosen data: every method with five seeds, beside what was published."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.losses import LOSSES
from dbl_core.methods import METHODS, PUBLISHED_DATA, published_rows
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs import method_table
from dbl_core.runs.comparison import SeedGroup
from dbl_core.samplers import SAMPLERS
from dbl_core.viz import method_table as figures
from pages.ui import page, play_answers, play_fields
from pages.ui.play_form import steps_field, took
from pages.ui.show_figure import show_figure
from pages.ui.text import literal

IDEA = (
    "Ten methods, each a loss with its sampler, five seeds each: fifty heads trained together on the chosen data. "
    "Settings are the paper's for VOC-MLT; nothing is tuned to this data."
)
PUBLISHED = (
    "Published figures are of other data (photographs) and a ResNet-50 trained as a whole: compare the order of the "
    "methods, never the numbers. Only DB-Focal was read in a public file; the other rows are recalled, not re-read. "
    'A "?" marks a total that does not agree with the class-weighted mean of its groups.'
)


def methods(choice: DatasetConfig) -> None:
    """Offer to train the table, and show it."""
    st.markdown(IDEA)
    with st.container(width=220):
        steps = steps_field()
    configs = method_table.method_configs(choice, steps)
    found = play_answers.kept_heads(configs)
    place, cancel = st.empty(), st.empty()
    if found is None:
        look = {"type": "primary", "icon": ":material/table_chart:", "key": "play_rebuild"}
        with place:
            asked = page.launch_button("Rebuild the table", **look)
        if not asked:
            _published_alone()
            return
        cancel.button("Cancel", icon=":material/close:", key="play_cancel_table")
        found = play_answers.heads(configs, place)
        cancel.empty()
    if found is None:
        return
    place.caption(
        f"{len(configs)} heads, {found.n_steps:,} steps each, {took(found)} · {literal(page.describe(choice))}"
    )
    groups = method_table.method_groups(found)
    if found.diverged:
        st.warning(f"{len(found.diverged)} of {len(configs)} heads diverged and are left out of the means.")
    _table(groups)
    _sentences(groups)
    show_figure(
        figures.method_dots(groups), key="play_methods", alt="mAP of every method by group, with its spread over seeds"
    )
    st.caption("Mean over five seeds on the chosen data; lines: one standard deviation of the seeds to each side.")


def _published_alone() -> None:
    _published_table(_published_data())
    st.caption(PUBLISHED)


def _table(groups: list[SeedGroup]) -> None:
    data = _published_data()
    ours, published = st.columns(2, gap="medium")
    with ours:
        st.markdown(f"**Here**, mean ± standard deviation of {method_table.N_SEEDS} seeds (mAP in %)")
        rows = [
            {"Method": group.name} | {key.capitalize(): method_table.mean_and_spread(group, key) for key in REPORT_KEYS}
            for group in groups
        ]
        _shown(rows, "mAP of every method here")
    with published:
        _published_table(data)
    st.caption(PUBLISHED)
    st.download_button(
        "The whole table (CSV)",
        method_table.table_csv(groups),
        "methods.csv",
        "text/csv",
        icon=":material/download:",
        key="play_csv",
        on_click="ignore",
    )


def _published_data() -> str:
    titles = {data: data for data in PUBLISHED_DATA}
    return play_fields.word("play_published", "Published for", titles, PUBLISHED_DATA[0])


def _published_table(data: str) -> None:
    st.markdown(f"**Published**, ResNet-50 on photographs, {data} (mAP in %)")
    rows = []
    for (title, _), entry in ((key, entry) for key, entry in published_rows().items() if key[1] == data):
        numbers = {key.capitalize(): f"{entry.map[key]:.2f}" for key in REPORT_KEYS}
        if entry.doubtful:
            numbers["Total"] += " ?"
        rows.append({"Method": title, **numbers, "Source": "recalled" if entry.recalled else "public file"})
    _shown(rows, f"Published mAP on {data}")


def _shown(rows: list[dict[str, str]], alt: str) -> None:
    """Show one of the two tables; hovering over the head of the first column spells out the short names."""
    spelt = "\n".join(
        f"- {method.title}: {LOSSES[method.loss].title}, {SAMPLERS[method.sampler].title.lower()} sampling"
        for method in METHODS
    )
    columns = {"Method": st.column_config.TextColumn(help=spelt)}
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", column_config=columns, alt=alt)


def _sentences(groups: list[SeedGroup]) -> None:
    st.markdown(f"**More than the seeds explain**, against {method_table.REFERENCE} (plain BCE, class-aware sampling)")
    *lines, basis = method_table.found_sentences(groups) or ["Nothing can be compared."]
    for line in lines:
        st.markdown(f"- {literal(line)}")
    st.caption(literal(basis))
