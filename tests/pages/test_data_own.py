"""Data of the user's own on every page: labels only, features, images; uploads, good and bad; files that are gone."""

import io

import numpy as np
import pytest

from dbl_core.datasets import own_files, uploads

PAGE = "pages/1_Dataset.py"
PAGES = ("app.py", PAGE, "pages/2_Labels.py", "pages/3_Loss_Lab.py", "pages/5_Train.py")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def csv(names=("cat", "dog", "cow"), rows=60):
    lines = [",".join(["id", *names])]
    lines += [",".join([f"i{k}", *(str(int(k % (j + 2) == 0)) for j in range(len(names)))]) for k in range(rows)]
    return "\n".join(lines).encode()


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def value(app, label):
    return next(metric.value for metric in app.metric if metric.label == label)


def words(app):
    return " ".join(str(part.value) for kind in ("markdown", "caption", "info") for part in getattr(app, kind)).replace(
        "\\", ""
    )


def test_without_a_file_the_page_asks_for_one(open_page):
    app = open_page(PAGE, data="file")
    assert not app.exception
    assert not app.error
    assert "Upload a file of labels" in app.info[0].value
    assert "no file chosen" in words(app)


def test_an_upload_is_opened_and_named_in_the_address(open_page, folder):
    app = open_page(PAGE, data="file", ratio="50")
    app.file_uploader[0].upload("my labels.csv", csv()).run()
    assert not app.exception
    assert not app.error, app.error[0].value
    assert app.query_params["file"] == "my labels.csv"
    assert "ratio" not in app.query_params
    assert value(app, "Training rows") == "42"
    assert value(app, "Labels") == "3"
    assert not app.file_uploader[0].value
    assert not app.get("image")
    assert "There are no pictures" in words(app)
    assert "names no test rows: 18 of 60" in words(app)
    app.selectbox(key="form_file").set_value("my labels.csv").run()
    app.button_group(key="form_preset").set_value("by-ratio").run()
    assert not app.exception
    assert app.query_params["ratio"] == "100"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("semi.csv", b"id|cat\n1|0|7\n2|1\n", "semi.csv"),
        ("nan.csv", csv().replace(b"\ni4,1", b"\ni4,NaN"), "nan.csv"),
        ("html.csv", csv(names=("<b>x</b>", "<b>x</b>")), "html.csv"),
        ("pickled.npz", npz(labels=np.array([[1, {}]], dtype=object)), "pickled.npz"),
        ("counts.json", b'{"pos_counts": {"cat": 10}, "num_samples": 9}', "more than num_samples"),
    ],
)
def test_a_bad_upload_is_one_sentence_and_nothing_is_kept(open_page, folder, name, content, sentence):
    app = open_page(PAGE, data="file")
    app.file_uploader[0].upload(name, content).run()
    assert not app.exception
    assert len(app.error) == 1
    shown = app.error[0].value
    assert sentence in shown.replace("\\", "")
    assert "<b>" not in shown
    assert str(folder) not in shown
    assert own_files.list_files() == ()
    assert "file" not in app.query_params


def test_after_a_refused_file_the_next_one_is_taken(open_page):
    app = open_page(PAGE, data="file")
    box = app.file_uploader[0].upload("bad.csv", b"id,cat\n1,yes\n")
    box.run()
    assert "bad.csv" in app.error[0].value
    app.file_uploader[0]._files = box._files  # in a browser the refused file still lies in the box
    app.file_uploader[0].upload("good.csv", csv()).run()
    assert not app.error, app.error[0].value
    assert app.query_params["file"] == "good.csv"


def test_too_large_an_upload_is_refused(open_page, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_UPLOAD_BYTES", 100)
    app = open_page(PAGE, data="file")
    app.file_uploader[0].upload("big.csv", csv()).run()
    assert "an upload may have" in app.error[0].value
    assert own_files.list_files() == ()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", ["labels", "features"])
def test_every_page_opens_labels_and_features(open_page, page, kind):
    labels = (np.random.default_rng(0).random((90, 4)) < [0.7, 0.4, 0.3, 0.2]).astype(np.uint8)
    names = np.array(["a > b", "b *c*", "$x$", "d:red[e]"])
    more = {"X": np.random.default_rng(1).random((90, 5), dtype=np.float32)} if kind == "features" else {}
    uploads.save_upload([("own.npz", npz(labels=labels, label_names=names, **more))])
    app = open_page(page, data="file", file="own.npz")
    assert not app.exception
    if page == "pages/5_Train.py" and kind == "labels":
        assert "features or images" in app.error[0].value
        return
    assert not app.error, app.error[0].value
    assert ":red[" not in " ".join(part.value for part in [*app.markdown, *app.caption])


@pytest.fixture
def photos(folder, shared_dir):
    """A folder of real photographs in COCO format among the user's files."""
    source = shared_dir / "data" / "coco_small" / "coco_format"
    for part in sorted(source.rglob("*")):
        target = folder / "photos" / part.relative_to(source)
        if part.is_dir():
            target.mkdir(parents=True)
        else:
            target.write_bytes(part.read_bytes())
    return "photos"


@pytest.mark.parametrize("page", PAGES)
def test_photographs_in_coco_format_open_every_page(open_page, photos, page):
    app = open_page(page, data="file", file="photos")
    assert not app.exception
    assert not app.error, app.error[0].value
    if page == PAGE:
        assert value(app, "Training images") == "50"
        assert len(app.get("image")) == 12


@pytest.mark.parametrize("page", PAGES)
def test_a_file_that_is_gone_is_a_sentence_on_every_page(open_page, page):
    app = open_page(page, data="file", file="gone.csv")
    assert not app.exception
    assert any("gone from the data folder" in box.value for box in app.error)
    assert app.title


@pytest.mark.parametrize(
    "address",
    [
        {"data": "../../etc/passwd"},
        {"data": "file", "file": "../../../../etc/passwd"},
        {"data": "file", "file": "..%2F..%2Fetc%2Fpasswd"},
        {"data": "file", "file": "/etc/passwd", "images": "/etc"},
        {"data": "file", "file": "uploads"},
        {"data": "file", "file": ".git", "preset": "by-ratio", "ratio": "nan", "max_count": "-1"},
    ],
)
def test_addresses_of_strangers_give_a_whole_page(open_page, address):
    app = open_page(PAGE, **address)
    assert not app.exception
    assert app.title
    assert "root:" not in words(app)


def test_what_a_ratio_cannot_meet_comes_before_what_the_file_says(open_page):
    labels = np.ones((200, 3), dtype=np.uint8)
    labels[:, 2] = np.arange(200) % 9 == 0  # the first two always come together, so they cannot differ
    uploads.save_upload([("own.npz", npz(labels=labels))])
    app = open_page(PAGE, data="file", file="own.npz", ratio="50")
    assert not app.error, app.error[0].value
    boxes = [box.value.replace("\\", "") for box in app.info]
    assert "where the profile asks for" in boxes[0]
    assert "About the file" in boxes[1]
    assert "names no test rows" in boxes[1]


def test_an_upload_can_be_deleted(open_page):
    uploads.save_upload([("own.csv", csv())])
    app = open_page(PAGE, data="file", file="own.csv")
    app.button(key="dataset_delete").click().run()
    assert not app.exception
    assert own_files.list_files() == ()
    assert "file" not in app.query_params
    assert app.query_params["data"] == "file"


def test_a_file_that_is_replaced_is_read_again(open_page, folder):
    (folder / "own.csv").write_bytes(csv())
    assert value(open_page(PAGE, data="file", file="own.csv"), "Training rows") == "42"
    (folder / "own.csv").write_bytes(csv(rows=100))
    assert value(open_page(PAGE, data="file", file="own.csv"), "Training rows") == "70"


def test_images_are_looked_for_in_the_chosen_folder(open_page, folder):
    from PIL import Image

    (folder / "pictures").mkdir()
    for k in range(60):
        Image.new("RGB", (20, 30), (k, 0, 0)).save(folder / "pictures" / f"i{k}.png")
    (folder / "own.csv").write_bytes(csv())
    app = open_page(PAGE, data="file", file="own.csv")
    app.selectbox(key="form_images").set_value("pictures").run()
    assert not app.error
    assert app.query_params["images"] == "pictures"
    assert len(app.get("image")) == 12
    (folder / "pictures" / "i7.png").unlink()
    app = open_page(PAGE, data="file", file="own.csv", images="pictures", seed="1")
    assert app.get("image") or "i7" in app.error[0].value


def command(app):
    return next(block.value for block in app.code if block.value.startswith("python -m"))


def test_photographs_train_on_a_backbone_of_choice_at_its_size(open_page, photos, folder):
    address = {"data": "file", "file": photos, "train_backbone": "resnet18"}
    app = open_page("pages/5_Train.py", **address)
    assert not app.error, app.error[0].value
    assert command(app).endswith(f"--dataset file --path {folder / 'photos'} --side 224 --backbone resnet18")
    assert "Features of 100 images are computed once" in words(app)
    assert "fetched at first use" in words(app)
    app.button_group(key="form_train_weights").set_value("random").run()
    assert command(app).endswith("--backbone resnet18 --weights random")
    assert "fetched" not in words(app)


def test_an_address_cannot_name_a_file_of_weights(open_page):
    app = open_page("pages/5_Train.py", train_backbone="resnet18", train_weights="/etc/secret.pth")
    assert not app.error
    assert "--backbone resnet18" in command(app)
    assert "secret" not in command(app)
    assert "--backbone" not in command(open_page("pages/5_Train.py", train_backbone="../x"))


def test_features_leave_nothing_but_the_head_to_train(open_page):
    labels = (np.random.default_rng(0).random((90, 3)) < 0.4).astype(np.uint8)
    uploads.save_upload([("own.npz", npz(labels=labels, X=np.ones((90, 7), dtype=np.float32)))])
    app = open_page("pages/5_Train.py", data="file", file="own.npz", train_mode="finetune", train_backbone="resnet50")
    assert not app.error
    assert "The 7 features of your file" in words(app)
    assert "finetune" not in command(app)
    assert "resnet50" not in command(app)
