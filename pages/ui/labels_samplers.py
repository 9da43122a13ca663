"""The part of the Labels page about samplers: the balance they promise, and the one that co-occurrence leaves."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset
from dbl_core.samplers import SAMPLERS
from dbl_core.viz import sampling as figures
from pages.ui import labels_cache
from pages.ui.folded import folded
from pages.ui.labels_cache import SamplerView
from pages.ui.labels_tables import leak_table, ride_table, sampler_table
from pages.ui.show_figure import show_figure
from pages.ui.tables import PERCENT_FORMAT, in_percent
from pages.ui.text import brief, literal

AUTOMATIC = "automatic"
THRESHOLDS = (AUTOMATIC, *(f"{digit}e-{power}" for power in (5, 4, 3, 2, 1) for digit in (1, 2, 5)), "1e+0")
IMBALANCE = "Largest over smallest share of the labels that training is shown."


def samplers(choice: DatasetConfig, data: MultiLabelDataset, table: pd.DataFrame) -> None:
    """Show what every sampler keeps of the imbalance, and one of them label by label."""
    name = st.segmented_control(
        "Sampler",
        list(SAMPLERS),
        format_func=lambda key: SAMPLERS[key].title,
        default="class_aware",
        required=True,
        key="labels_sampler",
        wrap=True,
        bind="query-params",
    )
    options = _options(name)
    with st.spinner("Working out what the samplers show"):
        views = {one: labels_cache.sampler_view(choice, data, one, options.get(one)) for one in SAMPLERS}
    described, view = SAMPLERS[name], views[name]
    source = f" [{literal(described.paper)}]({described.url})" if described.url else f" {literal(described.paper)}."
    st.markdown(f"{described.idea}{source}")
    _numbers(view, views["uniform"], described.title)
    for hint in view.hints:
        st.info(literal(hint), icon=":material/stethoscope:")
    column = table["column"].to_numpy()
    shares = table.assign(uniform=views["uniform"].shares.shares[column], sampled=view.shares.shares[column])
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_figure(
            figures.sampled_shares(shares, described.title.lower()),
            key="labels_shares",
            alt=f"Share of each label among the labels shown in training, uniform against {described.title}",
        )
        st.caption(
            "A sampler asks for some label, but the image brings its other labels along, so the shares are not what "
            "was asked for. On the dotted line all labels are shown equally often."
        )
    with right:
        show_figure(
            figures.promised_and_kept(sampler_table(views), selected=described.title),
            key="labels_leaks",
            alt="Imbalance that every sampler promises and the one that is left after co-occurrence",
        )
        st.caption("The mark is the imbalance if labels came alone; from it to the end of the bar is what leaks.")
    _tables(views, view, data)


def _options(name: str) -> dict[str, float | None]:
    """Draw the option of the chosen sampler; return it by sampler, the others keep their defaults."""
    if name == "repeat_factor":
        described = SAMPLERS[name].options[0]
        text = st.select_slider(
            "Threshold t (share of the images)",
            THRESHOLDS,
            key="labels_threshold",
            bind="query-params",
            help=described.help,
        )
        return {} if text == AUTOMATIC else {name: float(text)}
    if name == "progressive":
        percent = st.slider(
            "Progress of training (%)",
            0,
            100,
            50,
            key="labels_progress",
            bind="query-params",
            help="0 is uniform, 100 class-aware sampling; 50 is also the average over the whole training.",
        )
        return {name: min(max(percent, 0), 100) / 100}
    return {}


def _numbers(view: SamplerView, uniform: SamplerView, title: str) -> None:
    epoch = view.epoch
    with st.container(horizontal=True, gap="small"):
        st.metric("Imbalance under uniform sampling", _imbalance(uniform.shares.max_min), help=IMBALANCE, width=230)
        if view.shares.sampler != "uniform":
            st.metric(f"Under {title.lower()} sampling", _imbalance(view.shares.max_min), help=IMBALANCE, width=200)
            st.metric(
                "If labels came alone",
                _imbalance(view.shares.promised_max_min),
                help="The imbalance that the sampler promises; what is above it, labels that ride along bring back.",
                width=155,
            )
        st.metric(
            "Images an epoch",
            f"{epoch.n_draws:,}",
            help=f"Largest class times labels over 4, as in the paper: {brief(epoch.passes)} times the training set.",
            width=130,
        )
        st.metric(
            "Repeats of the rarest",
            f"{brief(epoch.rarest_repeats)} ×",
            help=f"How often each of the {epoch.rarest_images:,} images of the rarest label is shown in an epoch, on "
            f"average; the most repeated image of all: {brief(epoch.most_repeats)} times.",
            width=165,
        )


def _imbalance(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 1000 else f"{ratio:,.0f}"


def _tables(views: dict[str, SamplerView], view: SamplerView, data: MultiLabelDataset) -> None:
    label = "The numbers: all samplers, the labels that leak, through which pairs"
    with folded(label, key="labels_sampler_numbers", icon=":material/table:") as opened:
        if opened:
            _numbers_of(views, view, data)


def _numbers_of(views: dict[str, SamplerView], view: SamplerView, data: MultiLabelDataset) -> None:
    st.dataframe(
        sampler_table(views), hide_index=True, column_config=SAMPLER_COLUMNS, alt="The five samplers in numbers"
    )
    left, right = st.columns(2)
    leaks, rides = leak_table(view, data), ride_table(view, data)
    with left:
        st.markdown("**Labels shown more often than promised**")
        if len(leaks):
            st.dataframe(
                in_percent(leaks, "promised", "shown"),
                hide_index=True,
                column_config=LEAK_COLUMNS,
                alt="Labels that leak, worst first",
            )
        else:
            st.caption("None: this sampler keeps what it promises.")
    with right:
        st.markdown("**With which rare labels they ride along**")
        if len(rides):
            st.dataframe(
                in_percent(rides, *RIDE_SHARES),
                hide_index=True,
                column_config=RIDE_COLUMNS,
                alt="Pairs through which labels leak",
            )
        else:
            st.caption("With none.")
    st.caption("Chances are of a drawn image to show the label; draws are of all draws of the training set.")


SAMPLER_COLUMNS = {
    "title": "Sampler",
    "promised": st.column_config.NumberColumn("Imbalance promised", format="%.1f"),
    "kept": st.column_config.NumberColumn("Imbalance kept", format="%.1f"),
    "rarest_repeats": st.column_config.NumberColumn("An image of the rarest, times an epoch", format="%.1f"),
    "most_repeats": st.column_config.NumberColumn("Most repeated image, times an epoch", format="%.1f"),
    "never": st.column_config.NumberColumn("Images never shown", format="localized"),
}
LEAK_COLUMNS = {
    "label": "Label",
    "promised": st.column_config.NumberColumn("Promised", format=PERCENT_FORMAT),
    "shown": st.column_config.NumberColumn("Shown", format=PERCENT_FORMAT),
    "times": st.column_config.NumberColumn("Times", format="%.1f"),
}
RIDE_SHARES = ("together", "rate", "share")
RIDE_COLUMNS = {
    "rare": "Asked for",
    "frequent": "came along",
    "together": st.column_config.NumberColumn("on so many of its images", format=PERCENT_FORMAT),
    "rate": st.column_config.NumberColumn("Share of all draws", format=PERCENT_FORMAT),
    "share": st.column_config.NumberColumn("of the draws that show it", format=PERCENT_FORMAT),
}
