"""The recipes on the page Train: they fill the form, the form says where it departs, the new options come and go."""

import pytest

from dbl_core.config import RunConfig, TrainConfig
from dbl_core.recipes import RECIPES, recipe
from dbl_core.runs import paths, store
from dbl_core.runs.record import append_jsonl
from pages.ui import train_form
from tests.fake_runs import epoch_line, write_run
from tests.pages.reading import commands, healthy, words
from tests.pages.test_train import PAGE, launch

pytestmark = pytest.mark.usefixtures("waiting_children")


def pick(app, name):
    return healthy(app.selectbox(key="form_train_recipe").select(name).run())


def test_every_recipe_fills_the_form_and_the_data_stay(open_page, runs_folder):
    app = healthy(open_page(PAGE, ratio="50", train_seed="3"))
    assert "The form is as the recipe says" in words(app)
    for name in ("paper-coco-mlt", "two-stage", "modern", "paper-voc-mlt", "quick"):
        app = pick(app, name)
        assert "The form is as the recipe says" in words(app), name
        assert recipe(name).idea in words(app)
    app = launch(pick(app, "paper-coco-mlt"))
    (run,) = store.list_runs(runs_folder)
    assert recipe("paper-coco-mlt").differences(run.config) == {}
    assert (run.config.dataset.ratio, run.config.train.seed) == (50, 3)
    assert app.query_params["train_recipe"] in ("paper-coco-mlt", ["paper-coco-mlt"])


def test_a_form_that_departs_says_where_and_can_go_back(open_page, runs_folder):
    app = pick(open_page(PAGE), "two-stage")
    app = healthy(app.number_input(key="train_second_stage_epochs").set_value(4).run())
    assert "Not as in the recipe: second stage epochs **4** (recipe 2)" in words(app)
    app = healthy(app.button(key="form_train_recipe_back").click().run())
    assert "The form is as the recipe says" in words(app)
    (command,) = commands(app)
    assert command.endswith("--loss bce --mode finetune --epochs 6 --second-stage-epochs 2 --schedule cosine")


def test_options_show_where_they_have_an_effect(open_page, runs_folder):
    def shown(**address):
        app = healthy(open_page(PAGE, **address))
        keys = [part.key or "" for kind in ("number_input", "selectbox", "button_group") for part in app.get(kind)]
        wanted = ("neck", "augmentation", "frozen_stages", "norm_statistics")
        return {name for name in wanted if any(key.endswith(f"train_{name}") for key in keys)}

    assert shown() == {"neck"}
    assert shown(train_mode="scratch") == {"neck", "augmentation"}
    assert shown(train_mode="finetune") == {"neck", "augmentation", "frozen_stages", "norm_statistics"}
    convnext = shown(train_mode="finetune", train_backbone="convnext_tiny")
    assert convnext == {"neck", "augmentation", "frozen_stages"}


@pytest.mark.parametrize(
    "config",
    [
        recipe("paper-voc-mlt").config,
        RunConfig(train=TrainConfig(mode="scratch", augmentation="strong", neck="fc_bn", second_stage_epochs=3)),
    ],
)
def test_new_settings_go_back_into_the_form(open_page, runs_folder, config):
    launch(healthy(open_page(PAGE, **train_form.address(config))))
    assert store.list_runs(runs_folder)[0].config == config


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ({"train_recipe": "<b>", "train_neck": "x", "train_warmup_steps": "-4"}, ""),
        ({"train_frozen_stages": "4", "train_mode": "finetune"}, "backbone 'picto' has 3 stages"),
        ({"train_neck": "fc_bn", "train_batch_size": "1"}, "batch_size of 2"),
    ],
)
def test_a_spoilt_address_is_a_default_or_a_sentence(open_page, runs_folder, address, sentence):
    app = open_page(PAGE, **address)
    assert not app.exception
    assert len(app.error) == bool(sentence)
    assert sentence in words(app)


def test_a_run_in_two_stages_says_so(open_page, runs_folder):
    config = RECIPES["two-stage"].config
    folder = write_run(runs_folder / "both", config=config, state="running", n_epochs=0)
    lines = [epoch_line(number) | {"stage": 1 + (number > 6)} for number in range(1, 8)]
    for line in lines:
        append_jsonl(paths.RunPaths(folder).metrics, line)
    app = open_page(PAGE, run="both")
    assert not app.exception
    assert "8 epochs in two stages (6 and 2)" in words(app)
    assert "from epoch 7 on the last layer alone learns" in words(app)
