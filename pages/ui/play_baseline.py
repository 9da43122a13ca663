"""The pinned baseline: what the present setting wins and loses against it, and what of that is noise."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dbl_core.config import LossConfig, RunConfig, TrainConfig
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.heads import Head, HeadDifference
from pages.ui import glossary, page, play_answers, play_form, run_data, state
from pages.ui.text import literal

PIN = "play_pin"
COLUMNS = {
    "label": "Class",
    "group": "Group",
    "train": st.column_config.NumberColumn("Training images", format="localized"),
    "test": st.column_config.NumberColumn("Test positives", format="localized"),
    "ap": st.column_config.NumberColumn("AP (%)", format="%.1f"),
    "base": st.column_config.NumberColumn("Baseline (%)", format="%.1f"),
    "gain": st.column_config.NumberColumn("Gain (points)", format="%+.1f"),
    "low": st.column_config.NumberColumn("from", format="%+.1f", help="Lower end of the paired 95 % interval."),
    "high": st.column_config.NumberColumn("to", format="%+.1f", help="Upper end of the paired 95 % interval."),
    "noise": "Verdict",
}


def pinned_config(config: RunConfig) -> RunConfig | None:
    """The setting that the address pins, on the data set of the present one; None where there is none."""
    return play_form.setting_of(state.address_value(PIN), config.dataset)


def pinned_head(config: RunConfig) -> Head | None:
    """The head of the pinned setting, trained where it is not there; None without one, or if it diverged."""
    pinned = pinned_config(config)
    if pinned is None or pinned == config:
        return None
    found = play_answers.head(pinned, st.empty())
    return None if found is None or found.heads[0].diverged else found.heads[0]


def panel(config: RunConfig, now: Head, baseline: Head | None) -> None:
    """Offer to pin; with a baseline, show the differences with their intervals and say which are noise."""
    pinned = pinned_config(config)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "Pin as baseline",
            icon=":material/keep:",
            key="play_pin_this",
            disabled=pinned == config,
            on_click=_pin,
            args=(config,),
            help="Every further setting is compared with this one, on the same test images.",
        )
        if pinned is None:
            st.button(
                "Compare with plain BCE",
                icon=":material/compare_arrows:",
                key="play_pin_bce",
                on_click=_pin,
                args=(_plain(config),),
                help="Pins plain BCE with uniform sampling, same steps and seed.",
            )
            return
        st.button("Unpin", icon=":material/keep_off:", key="play_unpin", on_click=_pin, args=(None,))
    if now.diverged:
        return
    if pinned == config:
        st.caption("This setting is the baseline: move something to see what it changes.")
        return
    if baseline is None:
        st.warning(f"The baseline {play_form.described(pinned)} has diverged; pin another one.")
        return
    found = play_answers.difference(pinned, config, st.empty())
    if found is not None:
        _differences(pinned, found)
        _class_table(now, baseline, found)


def _plain(config: RunConfig) -> RunConfig:
    train = TrainConfig(**{**config.train.model_dump(), "sampler": "uniform"})
    return RunConfig(dataset=config.dataset, loss=LossConfig(name="bce"), train=train)


def _pin(config: RunConfig | None) -> None:
    state.write_address(PIN, None if config is None else play_form.text_of(config))


def _differences(pinned: RunConfig, found: HeadDifference) -> None:
    st.markdown(f"Against the baseline **{play_form.described(pinned)}**, in points of mAP")
    with st.container(horizontal=True, gap="small"):
        for key in REPORT_KEYS:
            entry = found.groups[key]
            low, high = (run_data.points(end) for end in (entry.low, entry.high))
            st.metric(
                key.capitalize(),
                "–" if low is None else f"{100 * entry.value:+.1f}",
                delta="no class" if low is None else f"{low:+.1f} to {high:+.1f}",
                delta_color="off",
                delta_arrow="off",
                width=120,
                help=glossary.group_tip(key),
            )
    st.markdown(literal(found.sentence))
    st.caption("Paired 95 % intervals over the same resampled test images, one seed each.")


def _class_table(now: Head, baseline: Head, found: HeadDifference) -> None:
    rows = [
        {
            "label": each.label,
            "group": each.group,
            "train": each.train_count,
            "test": each.test_positives,
            "ap": run_data.points(float(ap)),
            "base": run_data.points(float(base)),
            "gain": run_data.points(entry.value),
            "low": run_data.points(entry.low),
            "high": run_data.points(entry.high),
            "noise": "no test positives" if entry.value != entry.value else "noise" if entry.inside_noise else "clear",
        }
        for each, ap, base, entry in zip(now.classes, now.ap, baseline.ap, found.per_class, strict=True)
    ]
    table = pd.DataFrame(rows).sort_values("train", ascending=False, kind="stable")
    with st.expander("By class against the baseline", icon=":material/table:"), page.guard():
        st.dataframe(table, hide_index=True, column_config=COLUMNS, alt="AP of every class, its gain and its interval")
        st.caption("With few test positives AP jumps by chance, and its interval is somewhat too narrow.")
