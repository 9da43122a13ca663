"""How the runs of a report were made: the loss with its formula, what differs between them, every setting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dbl_core.config import RunConfig
from dbl_core.losses import LOSSES
from dbl_core.report.content import Block, Column, Folded, Formula, Formulas, Heading, Link, Section, Table, Text
from dbl_core.report.evidence import Evidence
from dbl_core.report.formulas import lines_of
from dbl_core.runs.comparison import SEED, SeedGroup, differing_settings, settings_of, shown
from dbl_core.samplers import SAMPLERS

MOST_LOSSES = 12
MOST_COLUMNS = 12
"""So many groups of runs have a column of settings on the page; the CSV has all of them."""


def loss_section(evidence: Evidence) -> Section:
    """Describe every loss with its formula and options; what departs from the default is marked."""
    names = list(dict.fromkeys(group.config.loss.name for group in evidence.groups))
    blocks: list[Block] = [
        Text(
            "Formulas hold for one image and class: z is the logit, y the target (1 where the image has the label), "
            "σ the sigmoid, ζ(x) = log(1 + exp x), n the training images of a class, N all of them."
        )
    ]
    for name in names[:MOST_LOSSES]:
        about = LOSSES[name]
        blocks += [Heading(about.title), Text(about.idea), Formulas(lines_of(about.formula))]
        if about.options:
            blocks.append(_options(name, [group for group in evidence.groups if group.config.loss.name == name]))
        blocks.append(Link(f"{about.authors}: {about.paper}, {about.venue}", about.url))
    if len(names) > MOST_LOSSES:
        blocks.append(Text(f"{len(names) - MOST_LOSSES} more losses are left out here; the settings below name them."))
    return Section("loss", "Loss" if len(names) == 1 else "Losses", tuple(blocks))


def _options(name: str, groups: Sequence[SeedGroup]) -> Table:
    rows = []
    for option in LOSSES[name].options:
        values = list(dict.fromkeys(shown(group.config.loss.options[option.name]) for group in groups))
        usual = shown(option.default)
        note = "" if values == [usual] else "differs from the default"
        about = f"{option.help} {option.off}".strip()
        rows.append((option.name, Formula(option.symbol), ", ".join(values), usual, note, about))
    changed = any(row[4] for row in rows)
    titles = ("Option", "Symbol", "Value", "Default", *(["Note"] if changed else []), "What it does")
    columns = tuple(map(Column, titles))
    rows = rows if changed else [(*row[:4], row[5]) for row in rows]
    return Table(f"loss-{name}", f"Options of {LOSSES[name].title}", columns, rows)


def settings_section(evidence: Evidence) -> Section:
    """Show which settings differ, and all of them behind a heading."""
    groups = evidence.groups
    configs = {group.key: group.config for group in groups}
    blocks: list[Block] = []
    if len(groups) > 1:
        rows = [(row.setting, *map(shown, row.values)) for row in differing_settings(configs) if row.setting != SEED]
        seeds = ("seeds", *(", ".join(map(str, dict.fromkeys(group.seeds.values()))) for group in groups))
        blocks += _wide("settings-different", "Settings that differ", groups, [*rows, seeds])
        blocks.append(
            Text(
                "Options that belong to one loss alone are listed where they depart from their default. Runs that "
                "differ in nothing but the seed count as one group."
            )
        )
    samplers = dict.fromkeys(group.config.train.sampler for group in groups)
    ideas = [(SAMPLERS[name].title, SAMPLERS[name].idea, SAMPLERS[name].paper) for name in samplers]
    blocks.append(Table("samplers", "Sampling", tuple(map(Column, ("Sampler", "What it does", "Source"))), ideas))
    blocks.append(Folded("Every setting", tuple(_wide("settings-all", "Every setting", groups, _all(configs)))))
    return Section("settings", "Training settings", tuple(blocks))


def _all(configs: dict[str, RunConfig]) -> list[tuple[str, ...]]:
    found = [{**config.flat(), **settings_of(config)} for config in configs.values()]
    usual = {**RunConfig().flat(), **settings_of(RunConfig())}
    names = dict.fromkeys(name for settings in found for name in settings if name != SEED)
    return [(name, *(_marked(name, settings, usual) for settings in found)) for name in names]


def _marked(name: str, settings: dict[str, Any], usual: dict[str, Any]) -> str:
    """A setting; one that departs from the default of the lab or of its loss says so."""
    if settings.get(name) is None:
        return shown(None)
    section, _, option = name.partition(".")
    default = usual.get(name)
    if section == "loss" and option != "name":
        default = LOSSES[settings["loss.name"]].defaults[option]
    return shown(settings[name]) + ("" if settings[name] == default else " (changed)")


def _wide(key: str, caption: str, groups: Sequence[SeedGroup], rows: list[tuple[str, ...]]) -> list[Block]:
    """Settings by group of runs, in tables that are not too wide for a page."""
    starts = range(0, len(groups), MOST_COLUMNS)
    blocks: list[Block] = []
    for number, start in enumerate(starts, start=1):
        some = slice(start, start + MOST_COLUMNS)
        part = f", part {number} of {len(starts)}" if len(starts) > 1 else ""
        columns = (Column("Setting"), *(Column(group.name) for group in groups[some]))
        cut = [(row[0], *row[1:][some]) for row in rows]
        blocks.append(Table(key if number == 1 else f"{key}-{number}", caption + part, columns, cut))
    return blocks
