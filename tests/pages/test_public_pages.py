"""The pages of a public lab: bounds hold whatever the address says, and nothing of another visitor can be named."""

from urllib.parse import quote

import pytest
from streamlit.testing.v1 import AppTest

from dbl_core import hosting
from dbl_core.datasets import own_files
from dbl_core.download import needs
from dbl_core.runs import examples, identity, paths, store, trash
from dbl_core.runs.record import write_json
from pages.ui import dataset_form, launch
from tests.fake_runs import DB_FOCAL, write_run

OUTSIDE = ("../../../../etc/passwd", "/etc/passwd", "..", "a/../../b", "..\\x", "<b>x</b>")
NAMED_BY_LINK = (
    ("pages/1_Dataset.py", {"data": "file"}, "file"),
    ("pages/1_Dataset.py", {"data": "file", "file": "x.csv"}, "images"),
    ("pages/3_Loss_Lab.py", {}, "loss_run"),
    ("pages/5_Train.py", {}, "run"),
    ("pages/5_Train.py", {}, "search"),
    ("pages/6_Runs.py", {}, "runs"),
    ("pages/6_Runs.py", {}, "only"),
)


@pytest.fixture(autouse=True)
def public(monkeypatch, tmp_path):
    """A public lab with folders of its own."""
    monkeypatch.setenv("DBL_MODE", "public")
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(paths, "DEFAULT_RUNS_DIR", tmp_path / "runs")
    return tmp_path


def visitors(root):
    folder = paths.visitors_dir(root / "runs")
    return [path for path in folder.iterdir() if hosting.is_visitor_folder(path.name)] if folder.is_dir() else []


def words(app):
    assert not app.exception
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return " ".join(str(part.value) for part in parts).replace("\\", "")


def labels(app):
    return [button.label for button in app.button]


def test_the_examples_are_there_at_the_first_visit(open_page, public):
    app = open_page("pages/6_Runs.py")
    assert set(app.dataframe[0].value["run"]) == set(examples.bring(visitors(public)[0]))
    text = words(app)
    assert "Public lab." in text
    assert str(public) not in text
    assert "DBL_RUNS_BUDGET" not in text


def test_examples_that_were_deleted_stay_away_until_they_are_brought_back(open_page, public):
    app = open_page("pages/6_Runs.py")
    assert set(app.dataframe[0].value["note"]) == {"recorded example"}
    assert not {label for label in labels(app) if "example" in label}
    (own,) = visitors(public)
    ids = [run.id for run in store.list_runs(own)]
    trash.delete_run(own, ids[0])
    app.run()
    next(button for button in app.button if button.label == "Bring back 1 example").click().run()
    assert set(app.dataframe[0].value["run"]) == set(ids)
    for run_id in ids:
        trash.delete_run(own, run_id)
    app.run()
    assert "No run yet" in words(app)
    assert "Show the recorded examples" in labels(app)


def test_another_visitor_sees_neither_runs_nor_their_names(open_page, public):
    open_page("pages/6_Runs.py")
    (own,) = visitors(public)
    write_run(own / "secret", DB_FOCAL)
    for name in ("secret", f"../{own.name}/secret", own.name):
        app = open_page("pages/6_Runs.py", runs=quote(name, safe=""))
        assert "secret" not in set(app.dataframe[0].value["run"])
        assert not any(label.startswith(("Delete", "Stop", "Pin")) for label in labels(app))
        app = open_page("pages/5_Train.py", run=name)
        assert [box.value for box in app.error]
        assert "Stop" not in labels(app)
    assert store.read_run(own / "secret").state == "finished"


@pytest.mark.parametrize(("page", "address", "key"), NAMED_BY_LINK)
def test_no_name_in_an_address_leads_out(open_page, public, page, address, key):
    for name in OUTSIDE if key == "file" else OUTSIDE[:1]:
        app = open_page(page, **{**address, key: name})
        assert "failed for a reason" not in words(app)
        assert "root:" not in words(app)


@pytest.mark.parametrize(
    ("page", "address", "sentence"),
    [
        ("pages/5_Train.py", {"train_mode": "finetune"}, "trains heads only"),
        ("pages/5_Train.py", {"train_backbone": "resnet18"}, "backbone that is shipped"),
        ("pages/5_Train.py", {"train_start": "search"}, "searches are not part of a public lab"),
        ("pages/1_Dataset.py", {"data": "coco"}, "photographs of COCO are not part of a public lab"),
        ("pages/2_Labels.py", {"data": "voc"}, "photographs of PASCAL VOC are not part of a public lab"),
    ],
)
def test_what_is_not_offered_is_one_sentence(open_page, page, address, sentence):
    app = open_page(page, **address)
    (box,) = app.error
    assert sentence in box.value
    assert not {"Launch", "Start the search", "Download"} & set(labels(app))


def choices(app, label):
    (found,) = [each for kind in ("button_group", "selectbox") for each in app.get(kind) if each.label == label]
    return list(found.options)


def test_what_cannot_work_is_not_offered_but_a_link_may_name_it(open_page):
    assert choices(open_page("pages/1_Dataset.py"), "Data set") == ["Drawn scenes", "Your own"]
    assert choices(open_page("pages/1_Dataset.py", data="voc"), "Data set") == ["Drawn scenes", "VOC", "Your own"]
    app = open_page("pages/5_Train.py")
    labels = {each.label for kind in ("button_group", "selectbox") for each in app.get(kind)}
    assert not {"What learns", "Backbone", "What to start"} & labels
    assert choices(app, "Recipe") == ["Quick"]
    app = open_page("pages/5_Train.py", train_mode="finetune", train_start="search")
    assert "Fine-tune" in choices(app, "What learns")


def test_photographs_that_the_host_has_are_offered_and_a_lab_of_ones_own_offers_all(monkeypatch):
    monkeypatch.setattr(needs, "is_complete", lambda name: name == "coco")
    assert dataset_form.offered("picto-voc") == ["picto-voc", "coco", "file"]
    monkeypatch.setenv("DBL_MODE", "local")
    assert dataset_form.offered("picto-voc") == ["picto-voc", "voc", "coco", "file"]


def test_a_flood_of_launches_is_one_sentence(open_page, public, monkeypatch):
    started = []

    def launched(folder, **_):
        write_json(paths.RunPaths(folder).process, identity.identify())  # as of a child that lives
        started.append(folder)

    monkeypatch.setattr(launch.process, "launch", launched)
    app = open_page("pages/5_Train.py")
    for seed in range(hosting.LIMITS.runs_at_work + 1):
        app.number_input("train_seed").set_value(seed).run()
        assert not app.error
        next(button for button in app.button if button.label == "Launch").click().run()
        assert not app.exception
    (box,) = app.error
    assert f"{hosting.LIMITS.runs_at_work} of your runs wait or train already" in box.value
    assert len(started) == hosting.LIMITS.runs_at_work
    assert {folder.parent for folder in started} == set(visitors(public))
    configs = [store.read_config(folder) for folder in started]
    assert {config.train.max_seconds for config in configs} == {hosting.LIMITS.run_seconds}


def test_an_upload_is_in_the_folder_of_its_visitor_alone(open_page, public):
    app = AppTest.from_function(_keep_an_upload)
    app.run()
    assert not app.exception
    (kept,) = own_files.all_uploads_dir().glob("*/mine.csv")
    assert hosting.is_visitor_folder(kept.parent.name)
    app = open_page("pages/2_Labels.py", data="file", file="mine.csv")
    assert "upload it again" in words(app)
    assert str(public) not in words(app)


def _keep_an_upload():
    from dbl_core.datasets import uploads
    from pages.ui import visitor  # noqa: F401 - tells the core whose session this is

    rows = "".join(f"{n},{n % 2},1\n" for n in range(30))
    uploads.save_upload([("mine.csv", f"id,cat,dog\n{rows}".encode())])
