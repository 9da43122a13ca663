"""Every widget of every page is in the address, or listed here with the reason why not."""

import ast
from pathlib import Path

import pytest

from pages.ui import page
from tests.pages.links import address_of, link_of, notes_of

ROOT = Path(__file__).resolve().parents[2]
DATASET_KEYS = {"data", "file", "images", "preset", "ratio", "profile", "max_count", "seed"}
WIDGETS = {
    *("audio_input", "camera_input", "chat_input", "checkbox", "color_picker", "data_editor", "date_input"),
    *("datetime_input", "feedback", "file_uploader", "multiselect", "number_input", "pills", "radio", "tabs"),
    *("segmented_control", "select_slider", "selectbox", "slider", "text_area", "text_input", "time_input", "toggle"),
}
ADDRESS = {
    ("data_own.py", "'form_file'"): "file",
    ("data_own.py", "'form_images'"): "images",
    **{
        ("dataset_form.py", f"KEYS['{key}']"): key
        for key in ("data", "preset", "ratio", "profile", "max_count", "seed")
    },
    ("labels_convention.py", "key"): "groups",
    ("labels_convention.py", "keys[0]"): "groups",
    ("labels_convention.py", "keys[1]"): "groups",
    ("labels_one.py", "'labels_bars'"): "labels_first",
    ("labels_one.py", "'labels_companions'"): "labels_second",
    ("loss_form.py", "_widget_key(prefix)"): "loss_a and the like",
    ("loss_form.py", "**shared"): "loss_a_mu and the like",
    ("loss_image.py", "'loss_shows_box'"): "loss_shows",
    ("loss_image.py", "'loss_image_box'"): "loss_image",
    ("loss_ladder.py", "'form_loss_rung'"): "loss_a",
    ("loss_ladder.py", "key"): "loss_a, loss_b: a term that is switched off makes another loss",
    ("loss_run.py", "key"): "loss_run",
    ("loss_scrub.py", "key"): "loss_drag",
    ("pairs.py", "'labels_map'"): "labels_first, labels_second",
    ("pairs.py", "'labels_overview'"): "labels_first, labels_second and the window",
    ("pairs.py", "'labels_worst'"): "labels_first, labels_second",
    ("play_fields.py", "**_bound"): "its parameter",
    ("play_fields.py", "**options"): "its parameter",
    ("play_sweep.py", "key"): "play_point",
    ("lesson_question.py", "key"): "learned: every prediction",
    ("run_list.py", "key"): "runs",
    ("run_results.py", "widget"): "runs: the baseline is the first",
    ("search_filter.py", "WIDGET"): "only",
    ("search_form.py", "widget"): "search_vary and the like",
    ("search_trials.py", "key"): "trial",
    ("train_fields.py", "**options"): "train_sampler and the like",
    ("train_recipe.py", "_WIDGET"): "train_recipe",
}
"""Widgets that show a parameter of the address without Streamlit's binding: file, key -> the parameter."""
NOT_A_CHOICE = {
    ("data_download.py", "'dataset_mirror'"): "typed for one download; a link must not choose where the server fetches",
    ("data_own.py", "f'dataset_upload_{number}'"): "an upload; what came of it is in the address as file",
    ("lesson_answer.py", "key"): "moves the picture of one step while one looks at it; the step is in the address",
    ("loss_classes.py", "f'loss_no_{group}'"): "says that there is no class to choose",
    ("run_archive.py", "key"): "an upload; what came of it is in the list of runs",
    ("run_archive.py", "WEIGHTS"): "confirms how large the exported archive is to be",
    ("run_log.py", "f'{word}_log_find'"): "looked for in a log while one reads it; the run is in the address",
    ("run_log.py", "f'{word}_log_of'"): "looked for in a log while one reads it; the run is in the address",
    ("run_log.py", "f'{word}_log_troubles'"): "looked for in a log while one reads it; the run is in the address",
    ("search_confirmation.py", "'search_fresh'"): "belongs to the button beside it, which starts runs",
    ("search_view.py", "f'search_more_{search.id}'"): "belongs to the button beside it, which goes on with a search",
    ("search_view.py", "f'search_longer_{search.id}'"): "belongs to the button beside it, which goes on with a search",
    ("show_figure.py", "widget"): "how the pictures that one saves are written; it changes nothing that a page shows",
    ("share.py", "'share_lock'"): "what the link for a class is to lock: it is in that link",
    ("share.py", "'share_hide'"): "what the link for a class is to hide: it is in that link",
}
"""Widgets that no link should bring along, and why."""


def widgets():
    """File, key and call of every widget and of every chart or table that can be clicked."""
    for path in [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]:
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            shared = {
                target.id
                for one in ast.walk(function)
                if isinstance(one, ast.Assign | ast.AnnAssign) and "query-params" in ast.unparse(one.value)
                for target in getattr(one, "targets", [getattr(one, "target", None)])
                if isinstance(target, ast.Name)
            }
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute | ast.Name):
                    yield from described(path.name, call, shared)


def described(name, call, shared):
    given = {one.arg: one.value for one in call.keywords if one.arg}
    called = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id
    if called not in WIDGETS and "on_select" not in given:
        return
    if "bind" in given:
        return
    stars = [ast.unparse(one.value) for one in call.keywords if one.arg is None]
    if shared & set(stars):
        return
    own = next((star for star in stars if "_bound(" in star or star in ("shared", "options")), "")
    key = ast.unparse(given["key"]) if "key" in given else "**_bound" if "_bound(" in own else f"**{own}"
    yield name, key


def test_every_widget_is_bound_to_the_address_or_listed():
    found = set(widgets())
    assert len(found) > 30
    unlisted = found - ADDRESS.keys() - NOT_A_CHOICE.keys()
    assert not unlisted, f"give them bind='query-params', or list them above with the reason: {sorted(unlisted)}"
    gone = (ADDRESS.keys() | NOT_A_CHOICE.keys()) - found
    assert not gone, f"no longer there: {sorted(gone)}"


RICH = {
    "app.py": {"ratio": "50", "profile": "step", "max_count": "300", "seed": "3", "groups": "lvis"},
    "pages/1_Dataset.py": {
        **{"ratio": "20", "seed": "4", "dataset_from": "Test set", "dataset_with": ["car", "person"]},
        **{"dataset_shuffle": "3", "dataset_log": "true"},
    },
    "pages/2_Labels.py": {
        **{"ratio": "30", "groups": "custom-50-10", "labels_first": "cow", "labels_second": "sheep"},
        **{"labels_log": "true", "labels_measure": "Lift", "labels_order": "Name", "labels_least": "5"},
        **{"labels_sampler": "Repeat-factor", "labels_threshold": "1e-2", "labels_images": "2"},
        **{"labels_absent": "mldr: count as 0", "labels_root": "All labels (print)"},
    },
    "pages/3_Loss_Lab.py": {
        **{"loss_a": "ntr", "loss_a_kappa": "0.1", "loss_b": "asl", "loss_b_clip": "0.1", "loss_head": "chair"},
        **{"loss_tail": "cow", "loss_beside": "nothing else", "loss_axis": "Probability", "loss_log": "true"},
        **{"loss_view": "Distribution", "loss_shows": "person", "loss_image": "17", "loss_formula_class": "dog"},
        **{"loss_drag": "kappa"},
    },
    "pages/5_Train.py": {
        **{"train_loss": "cb_focal", "train_loss_beta": "0.99", "train_sampler": "repeat_factor"},
        **{"train_repeat_threshold": "0.1", "train_mode": "scratch", "train_epochs": "5", "train_seed": "8"},
        **{"train_repeats": "2", "train_optimizer": "adamw", "train_learning_rate": "0.003", "train_dropout": "0.25"},
        **{"train_batch_size": "16", "train_max_steps": "40", "train_clip_norm": "3", "train_schedule": "cosine"},
        **{"train_mixup": "0.2", "train_max_seconds": "60", "train_start": "search", "search_aim": "tail"},
        **{
            "search_vary": "loss.gamma,train.learning_rate",
            "search_runs": "12",
            "search_seed": "3",
            "search_minutes": "2.5",
        },
    },
}
"""A link of every page that can be filled without runs, everything in it away from its default."""


@pytest.mark.parametrize("file", RICH)
def test_a_rich_link_opens_the_view_it_names(open_page, file):
    app = open_page(file, **RICH[file])
    assert not app.exception
    assert not app.error, [box.value for box in app.error]
    assert not notes_of(app), "all of it was followed"
    shown = address_of(app)
    assert {key: shown.get(key) for key in RICH[file]} == RICH[file]
    if file != "pages/3_Loss_Lab.py":  # which takes longest, and is opened again in a browser by another test
        assert address_of(open_page(file, **link_of(app), **RICH[file])) == shown


def test_every_page_has_the_button(open_page):
    for entry in page.PAGES.values():
        if entry.exists and entry.file not in RICH:
            assert link_of(open_page(entry.file, play_part="table"))["v"]
