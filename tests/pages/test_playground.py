"""The page Playground: live, sweeps and the paper's table, with pretended heads, with a real worker, in trouble."""

import io
import json
import re

import numpy as np
import psutil
import pytest

from dbl_core.config import DatasetConfig
from dbl_core.errors import Superseded, WorkerError
from dbl_core.worker import client
from pages.ui import play_answers, play_form
from tests import fake_heads
from tests.fake_heads import setting

PAGE = "pages/4_Playground.py"
LIVE = ["play_bars", "play_classes", "play_map_curve", "play_loss_curve"]


@pytest.fixture(autouse=True)
def nothing_kept():
    play_answers.kept().clear()
    yield
    play_answers.kept().clear()


@pytest.fixture
def pretended(monkeypatch):
    """Questions to the worker, answered at once by heads that were never trained."""
    asked = []

    def ask(task, **arguments):
        asked.append((task, arguments))
        return fake_heads.ask(task, **arguments)

    monkeypatch.setattr(client, "ask", ask)
    return asked


def charts(app):
    return {chart.proto.id.rsplit("-", 1)[-1]: json.loads(chart.proto.spec) for chart in app.get("plotly_chart")}


def sound(app):
    assert not app.exception
    assert not app.error, [box.value for box in app.error]
    return app


def words(app):
    kinds = ("markdown", "caption", "info", "warning", "error")
    return " ".join(str(part.value) for kind in kinds for part in getattr(app, kind)).replace("\\", "")


def bars(app, name="this setting"):
    return next(trace["y"] for trace in charts(app)["play_bars"]["data"] if trace.get("name") == name)


def in_address(app, key):
    """The harness gives a parameter as it was written, the session gives it in a list."""
    found = app.query_params[key]
    return found if isinstance(found, str) else found[0]


def keys(app):
    return {button.key for button in app.button}


def test_opening_the_page_trains_the_papers_setting(open_page, pretended):
    app = sound(open_page(PAGE))
    assert list(charts(app)) == LIVE
    ((task, arguments),) = pretended
    assert task == "train_heads"
    (run,) = arguments["runs"]
    assert (run["loss"]["name"], run["train"]["sampler"], run["train"]["max_steps"]) == ("db_focal", "class_aware", 480)
    assert run["train"]["mode"] == "head"
    assert (arguments["evaluate"], arguments["intervals"]) == ("epochs", True)
    assert "50 steps in 0.5 s" in words(app)
    assert "2,500 test scenes" in words(app)
    assert "This is one seed" in words(app)
    assert not app.query_params
    assert [trace["name"] for trace in charts(app)["play_bars"]["data"]] == ["this setting"]


def test_the_setting_before_becomes_a_ghost_and_going_back_trains_nothing(open_page, pretended):
    app = open_page(PAGE)
    first = bars(app)
    app.slider(key="form_play_loss_mu").set_value(0.8).run()
    sound(app)
    assert bars(app, "the setting before") == first
    assert bars(app) != first
    assert in_address(app, "play_loss_mu") == "0.8"
    app.slider(key="form_play_loss_mu").set_value(0.3).run()
    assert bars(app) == first
    assert len(pretended) == 2


def test_a_ghost_of_other_data_or_borders_is_not_shown(open_page, pretended):
    app = open_page(PAGE)
    app.selectbox(key="play_groups").set_value("lvis").run()
    sound(app)
    assert pretended[-1][1]["convention"] == "lvis"
    assert [trace["name"] for trace in charts(app)["play_bars"]["data"]] == ["this setting"]


def test_every_field_is_in_the_address_and_comes_back(open_page, pretended):
    app = open_page(PAGE)
    app.selectbox(key="form_play_sampler").set_value("uniform").run()
    app.select_slider(key="form_play_rate").set_value(0.05).run()
    app.number_input(key="form_play_steps").set_value(100).run()
    app.number_input(key="form_play_seed").set_value(3).run()
    sound(app)
    address = {key: in_address(app, key) for key in app.query_params}
    assert address == {"play_sampler": "uniform", "play_rate": "0.05", "play_steps": "100", "play_seed": "3"}
    again = sound(open_page(PAGE, **address))
    train = pretended[-1][1]["runs"][0]["train"]
    assert (train["sampler"], train["learning_rate"], train["max_steps"], train["seed"]) == ("uniform", 0.05, 100, 3)
    assert again.select_slider(key="form_play_rate").value == 0.05
    app.select_slider(key="form_play_rate").set_value("automatic").run()
    assert "play_rate" not in app.query_params


@pytest.mark.parametrize(
    ("address", "field", "value"),
    [
        ({"play_steps": "9e99"}, "max_steps", 4000),
        ({"play_steps": "-3"}, "max_steps", 50),
        ({"play_steps": "NaN"}, "max_steps", 480),
        ({"play_seed": "-1"}, "seed", 0),
        ({"play_seed": "1.6"}, "seed", 2),
        ({"play_rate": "1e-30"}, "learning_rate", 1e-7),
        ({"play_rate": "<b>"}, "learning_rate", None),
        ({"play_sampler": "unicorn"}, "sampler", "class_aware"),
        ({"play_loss": "nonsense", "play_loss_mu": "1e9"}, "mode", "head"),
        ({"play_part": "dance", "play_pin": "loss=nonsense", "groups": "x"}, "seed", 0),
        ({"play_pin": "loss=db&mu=1e9&sampler=&learning_rate=x&steps=-1&seed=1e99"}, "seed", 0),
    ],
)
def test_odd_addresses_are_made_valid(open_page, pretended, address, field, value):
    app = sound(open_page(PAGE, **address))
    assert list(charts(app)) == LIVE
    assert pretended[0][1]["runs"][0]["train"][field] == value


def test_a_diverging_rate_is_said_and_draws_nothing(open_page, pretended):
    app = sound(open_page(PAGE, play_rate="50"))
    assert [box.value for box in app.warning] == ["The loss became infinite at step 12; lower the learning rate."]
    assert not charts(app)
    app.select_slider(key="form_play_rate").set_value(0.02).run()
    assert list(charts(sound(app))) == LIVE


def test_pinning_shows_differences_with_intervals_and_calls_noise_noise(open_page, pretended):
    app = open_page(PAGE)
    app.button(key="play_pin_this").click().run()
    sound(app)
    assert in_address(app, "play_pin") == "loss=db_focal"
    assert "This setting is the baseline" in words(app)
    app.slider(key="form_play_loss_mu").set_value(0.35).run()
    sound(app)
    assert "compare_heads" in [task for task, _ in pretended]
    values = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert set(values) == {"Total", "Head", "Medium", "Tail"}
    assert re.fullmatch(r"-?\+?\d\.\d to \+\d\.\d", values["Total"][1])
    assert "Noise, the interval holds 0: total" in words(app)
    assert "baseline" in [trace.get("name") for trace in charts(app)["play_bars"]["data"]]
    table = app.dataframe[0].value
    assert len(table) == 20
    assert list(table["train"]) == sorted(table["train"], reverse=True)
    assert set(table["noise"]) == {"noise"}
    app.button(key="play_unpin").click().run()
    assert "play_pin" not in app.query_params
    assert not app.metric


def test_plain_bce_can_be_pinned_and_clearly_differs(open_page, pretended):
    app = open_page(PAGE)
    app.button(key="play_pin_bce").click().run()
    sound(app)
    assert in_address(app, "play_pin") == "loss=bce&sampler=uniform"
    assert "More than the noise of the test images: total +" in words(app)


def test_a_diverged_baseline_is_said(open_page, pretended):
    app = sound(open_page(PAGE, play_pin="loss=bce&learning_rate=50"))
    assert "has diverged" in words(app)
    assert list(charts(app)) == LIVE


@pytest.mark.parametrize(
    "config",
    [
        setting(max_steps=480),
        setting({"mu": 0.2, "bias": "paper"}, "db", sampler="uniform", seed=7, max_steps=100),
        setting({"beta": 0.99}, "cb_focal", learning_rate=0.3),
    ],
)
def test_a_pinned_setting_survives_the_address(config):
    assert play_form.setting_of(play_form.text_of(config), DatasetConfig()) == config


def test_the_setting_goes_along_to_train_and_to_the_command_line(open_page, pretended):
    app = sound(open_page(PAGE, play_loss_mu="0.8", play_steps="200", play_sampler="uniform"))
    command = "python -m dbl_core run --run-dir runs/my-run --option mu=0.8 --sampler uniform --max-steps 200"
    assert app.code[0].value == command


def test_one_option_is_swept_on_demand(open_page, pretended):
    app = sound(open_page(PAGE, play_part="sweep", play_seeds="2", play_nx="5", play_from_mu="0.1"))
    assert not charts(app)
    assert not pretended
    app.button(key="play_train_many").click().run()
    sound(app)
    assert list(charts(app)) == ["play_line", "play_front"]
    runs = pretended[0][1]["runs"]
    assert len(runs) == 10
    assert [run["loss"]["options"]["mu"] for run in runs[::2]] == [0.1, 0.45, 0.8, 1.15, 1.5]
    assert pretended[0][1]["evaluate"] == "end"
    assert "is optimistic" in words(app)
    assert "cannot be told apart" in words(app)
    assert "play_train_many" not in keys(app)
    app.button(key="play_use").click().run()
    assert in_address(app, "play_loss_mu") == "0.45"
    assert len(pretended) == 1  # what is swept does not depend on where the swept option stands


def test_two_options_are_a_surface_and_a_changed_setting_asks_again(open_page, pretended):
    app = open_page(
        PAGE, play_part="sweep", play_y="learning_rate", play_nx="2", play_ny="3", play_to_learning_rate="10"
    )
    app.button(key="play_train_many").click().run()
    sound(app)
    assert list(charts(app)) == ["play_surface", "play_front"]
    assert "2 of 6 heads diverged, blank" in words(app)
    assert "With one seed each" in words(app)
    app.slider(key="form_play_loss_kappa").set_value(0.5).run()
    assert not charts(sound(app))
    assert "play_train_many" in keys(app)


@pytest.mark.parametrize(
    "address",
    [
        {"play_x": "unicorn", "play_y": "mu", "play_nx": "99", "play_ny": "x", "play_key": "y", "play_seeds": "9"},
        {"play_loss": "bce", "play_x": "mu", "play_y": "none"},
        {"play_loss": "cb_focal", "play_x": "beta", "play_y": "gamma", "play_from_beta": "2", "play_to_beta": "-1"},
        {"play_x": "mu", "play_from_mu": "0.7", "play_to_mu": "0.7"},
        {"play_x": "focal_scale", "play_y": "focal_scale"},
    ],
)
def test_odd_sweeps_can_be_trained(open_page, pretended, address):
    app = sound(open_page(PAGE, play_part="sweep", **address))
    app.button(key="play_train_many").click().run()
    sound(app)
    assert "play_front" in charts(app)


def test_a_group_without_classes_has_no_surface(open_page, pretended):
    app = open_page(PAGE, play_part="sweep", play_key="tail", ratio="1", preset="by-ratio", play_nx="2")
    app.button(key="play_train_many").click().run()
    sound(app)
    assert "No setting has a tail mAP" in words(app)


def test_the_papers_table_is_rebuilt_beside_the_published_one(open_page, pretended):
    app = sound(open_page(PAGE, play_part="table", play_steps="50"))
    assert len(app.dataframe) == 1
    app.button(key="play_rebuild").click().run()
    sound(app)
    assert len(pretended[0][1]["runs"]) == 50
    ours, published = (table.value for table in app.dataframe)
    assert list(ours["Method"]) == list(published["Method"])
    assert re.fullmatch(r"\d\d\.\d ± \d\.\d", ours["Tail"][0])
    assert published["Total"].tolist()[-1] == "78.94"
    assert published["Source"].tolist()[-1] == "public file"
    assert set(published["Source"][:-1]) == {"recalled"}
    assert "ResNet-50 on photographs" in words(app)
    assert "More than the seeds explain" in words(app)
    assert list(charts(app)) == ["play_methods"]
    assert [button.proto.label for button in app.get("download_button")] == ["The whole table (CSV)"]
    app.button_group(key="form_play_published").set_value("COCO-MLT").run()
    assert app.dataframe[1].value["Total"][0] == "41.27 ?"
    assert len(pretended) == 1


def test_a_dead_worker_is_one_sentence_and_the_page_lives(open_page, monkeypatch):
    def dead(*_, **__):
        raise WorkerError("the compute worker died twice over 'train_heads'; the log may tell why")

    monkeypatch.setattr(client, "ask", dead)
    app = open_page(PAGE)
    assert not app.exception
    assert [box.value for box in app.error] == [
        "the compute worker died twice over 'train\\_heads'; the log may tell why"
    ]
    assert app.slider
    monkeypatch.setattr(client, "ask", fake_heads.ask)
    assert list(charts(sound(app.run()))) == LIVE


@pytest.mark.parametrize("part", ["live", "sweep", "table"])
def test_a_superseded_question_says_nothing(open_page, monkeypatch, part):
    def newer(*_, **__):
        raise Superseded("a newer question took its place")

    monkeypatch.setattr(client, "ask", newer)
    app = sound(open_page(PAGE, play_part=part))
    for button in app.button:
        if button.key in ("play_train_many", "play_rebuild"):
            button.click().run()
    assert not charts(sound(app))


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data" / "uploads").mkdir(parents=True)
    return tmp_path / "data" / "uploads"


def npz(path, **arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    path.write_bytes(file.getvalue())


def test_labels_alone_say_what_is_missing(open_page, pretended, uploads):
    (uploads / "alone.csv").write_text("id,cat,dog\n" + "\n".join(f"i{k},{k % 2},1" for k in range(40)))
    app = sound(open_page(PAGE, data="file", file="alone.csv"))
    assert "these are labels alone" in app.info[0].value
    assert not charts(app)
    assert not pretended


def test_class_counts_say_what_is_missing(open_page, pretended, uploads):
    (uploads / "counts.json").write_text('{"pos_counts": {"cat": 10, "dog": 4}, "num_samples": 12}')
    app = sound(open_page(PAGE, data="file", file="counts.json"))
    assert "holds class counts alone" in app.info[0].value
    assert not pretended


def test_no_file_is_an_error_with_advice(open_page, pretended, uploads):
    app = open_page(PAGE, data="file")
    assert not app.exception
    assert "Dataset" in (words(app))
    assert not pretended


def many_labels(path, n_labels=300, n_rows=400):
    rng = np.random.default_rng(0)
    labels = rng.random((n_rows, n_labels)) < np.geomspace(0.3, 0.002, n_labels)
    labels[0] = True
    names = np.array([f"label_{number}_ *" for number in range(n_labels)])
    split = np.where(np.arange(n_rows) % 3 == 2, "test", "train")
    npz(path, labels=labels.astype(np.uint8), label_names=names, features=rng.normal(size=(n_rows, 12)), split=split)


def test_many_labels_of_ones_own(open_page, pretended, uploads):
    many_labels(uploads / "many.npz")
    app = sound(open_page(PAGE, data="file", file="many.npz"))
    assert list(charts(app)) == LIVE
    assert "Without a positive in the test split, so in no mean: label_" in words(app)
    assert re.search(r"and \d+ more", words(app))


@pytest.mark.parametrize("part", ["live", "sweep"])
def test_a_real_worker_trains(open_page, part):
    app = sound(open_page(PAGE, play_part=part, play_steps="50", play_nx="2", play_loss="bce"))
    if part == "sweep":
        app.button(key="play_train_many").click().run(timeout=120)
        sound(app)
        assert list(charts(app)) == ["play_line", "play_front"]
        return
    assert list(charts(app)) == LIVE
    assert all(0.02 < value / 100 < 1 for value in bars(app))
    app.button(key="play_pin_this").click().run(timeout=120)
    app.selectbox(key="form_play_sampler").set_value("uniform").run(timeout=120)
    sound(app)
    assert len(app.metric) == 4
    assert "the noise of the test images" in words(app) or "Noise" in words(app)


def test_a_real_worker_reports_a_rate_that_diverges(open_page):
    app = sound(open_page(PAGE, play_steps="50", play_rate="100", play_loss="weighted_bce"))
    assert re.search(r"^The loss .*lower the learning rate", app.warning[0].value)
    assert all(value == value for chart in charts(app).values() for value in chart["data"][0].get("y", []))


def test_a_killed_worker_is_started_again(open_page):
    app = sound(open_page(PAGE, play_steps="50", play_seed="1"))
    process = psutil.Process(client._WORKER.pid)
    process.kill()
    process.wait(10)
    app.number_input(key="form_play_seed").set_value(2).run(timeout=120)
    assert list(charts(sound(app))) == LIVE
    assert client._WORKER.pid != process.pid


def test_a_real_worker_says_that_nothing_can_be_tested(open_page, uploads):
    labels = np.zeros((40, 3), dtype=np.uint8)
    labels[:20] = np.eye(3, dtype=np.uint8)[np.arange(20) % 3]
    split = np.where(np.arange(40) < 20, "train", "test")
    features = np.random.default_rng(0).normal(size=(40, 4))
    npz(uploads / "untested.npz", labels=labels, label_names=np.array(["a", "b", "c"]), features=features, split=split)
    app = open_page(PAGE, data="file", file="untested.npz", play_steps="50")
    assert not app.exception
    assert len(app.error) == 1
    assert "test" in app.error[0].value
