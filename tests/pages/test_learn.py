"""The page Learn: every step of every lesson, predicted and answered; damaged lessons, hostile texts, odd links."""

import json
import re

import pytest

from dbl_core.lessons import read_library
from dbl_core.packaged import DATA_DIR
from dbl_core.worker import client
from pages.ui import glossary, lesson_files, lesson_lab, play_answers
from tests import fake_heads

PAGE = "pages/7_Learn.py"
LESSONS = read_library(DATA_DIR / "lessons").lessons
STEPS = [(lesson, number) for lesson in LESSONS for number in range(len(lesson.steps))]
HEADER = "---\ntitle: {title}\nminutes: 5\nsummary: {summary}\n---\n"


@pytest.fixture(autouse=True)
def pretended_heads(monkeypatch):
    """Heads are pretended (the browser's walk trains them); losses are asked of the real worker."""
    real = client.ask

    def ask(task, **arguments):
        return (fake_heads.ask if task == "train_heads" else real)(task, **arguments)

    monkeypatch.setattr(client, "ask", ask)
    yield
    lesson_lab._kept().clear()
    play_answers.kept().clear()


@pytest.fixture
def own_lessons(monkeypatch, tmp_path):
    monkeypatch.setattr(lesson_files, "FOLDER", tmp_path)
    return tmp_path


def words(app):
    kinds = ("markdown", "caption", "info", "warning", "error", "success", "header", "subheader")
    return " ".join(str(part.value) for kind in kinds for part in getattr(app, kind)).replace("\\", "")


def sound(app):
    assert not app.exception
    assert not app.error, [box.value for box in app.error]
    return app


def in_address(app, key):
    found = app.query_params.get(key, [""])
    return found if isinstance(found, str) else found[0]


def send(app):
    sender = next(button for button in app.button if button.label.startswith("Predict, and see"))
    sender.click().run()


def predicted(lesson, number):
    """An address that holds a prediction for a step."""
    question = lesson.steps[number].question
    if question is None:
        return {}
    texts = {"number": f"{question.high or 0:g}", "choice": "0", "order": "0.1.2.3"}
    return {"learned": f"1~{lesson.number:02d}_{number}.{texts[question.kind]}"}


@pytest.mark.parametrize(("lesson", "number"), STEPS, ids=lambda each: getattr(each, "name", each))
def test_every_step_is_answered(open_page, lesson, number):
    step = lesson.steps[number]
    app = sound(open_page(PAGE, lesson=lesson.name, lesson_step=str(number + 1), **predicted(lesson, number)))
    said = words(app)
    assert step.title in said
    assert "[[" not in said
    assert "undefined" not in said
    assert "What to look at." in said
    if step.question:
        assert re.search(r"You said .*; it is \*\*.+\*\*", said)
    if step.answer.compute != "measure":  # a single number needs no picture
        (chart,) = app.get("plotly_chart")
        spec = json.loads(chart.proto.spec)
        assert spec["data"]
        assert spec["layout"]["xaxis"]["title"]["text"]
    if step.opening:
        links = [link.proto for link in app.get("page_link")]
        assert any(f"from_lesson={lesson.name}.{number + 1}" in link.query_string for link in links)


def test_the_list_of_lessons(open_page):
    app = sound(open_page(PAGE, learned="1~01_0.5_1.2~02_0"))
    said = words(app)
    assert "8 lessons, 40 minutes in all, 0 finished" in said
    for lesson in LESSONS:
        assert lesson.title in said
    labels = [button.label for button in app.button]
    assert "Go on: lesson 1" in labels
    assert "Start: lesson 3" in labels
    app.button(key="learn_open_long-tail").click().run()
    sound(app)
    assert (in_address(app, "lesson"), in_address(app, "lesson_step")) == ("long-tail", "3")


def test_a_student_predicts_and_goes_on(open_page):
    app = sound(open_page(PAGE, lesson="long-tail"))
    assert "it is **194 times**" not in words(app)
    assert not app.get("plotly_chart")
    app.select_slider(key="learn_prediction_long-tail_0").set_value(190.0)
    send(app)
    sound(app)
    assert "**As good as right.** You said 190 times; it is **194 times**." in words(app)
    assert in_address(app, "learned") == "1~01_0.190"
    app.button(key="learn_next").click().run()
    assert in_address(app, "lesson_step") == "2"
    assert "Step 2 of 6 · 1 done" in str(app.get("progress")[0].proto.text)
    app.button(key="learn_back").click().run()
    app.button(key="learn_redo").click().run()
    assert in_address(app, "learned") == ""
    assert "it is **194 times**" not in words(app)


def test_choices_and_orders_are_asked_for_whole(open_page):
    app = sound(open_page(PAGE, lesson="labels-that-travel", lesson_step="3"))
    send(app)
    assert "Choose one of them first." in words(app)
    app.radio(key="learn_prediction_labels-that-travel_2").set_value("forward")
    send(app)
    assert "**Right.**" in words(app)
    app.button(key="learn_next").click().run()
    box = app.multiselect(key="learn_prediction_labels-that-travel_3")
    box.set_value(box.options[:2])
    send(app)
    assert "Put all of them in order first." in words(app)
    app.multiselect(key="learn_prediction_labels-that-travel_3").set_value(["chair", "diningtable", "car", "bottle"])
    send(app)
    sound(app)
    assert "Right, from first to last" in words(app)


def test_a_control_moves_the_answer_and_not_the_score(open_page):
    learned = "1~02_1.75"
    app = sound(open_page(PAGE, lesson="accuracy-lies", lesson_step="2", learned=learned))
    assert "the mean is 75 %" in words(app)
    app.slider(key="learn_control_accuracy-lies_1").set_value(10).run()
    sound(app)
    assert "the mean is 60 %" in words(app)
    assert "it is **75 %**" in words(app)


def test_start_again_forgets_this_lesson_only(open_page):
    app = sound(open_page(PAGE, lesson="long-tail", lesson_step="2", learned="1~01_0.5_1.2~02_0.3"))
    app.button(key="learn_again").click().run()
    assert in_address(app, "learned") == "1~02_0.3"
    assert in_address(app, "lesson_step") == ""


@pytest.mark.parametrize(
    "address",
    [
        {"lesson": "<script>alert(1)</script>"},
        {"lesson": "../README"},
        {"lesson": "long-tail", "lesson_step": "9e99", "learned": "1~01_5.3"},
        {"lesson": "long-tail", "lesson_step": "-3", "learned": "<b>"},
        {"lesson": "long-tail", "lesson_step": "NaN", "learned": "1~01_0.1e999"},
        {"lesson": "long-tail", "learned": "1~01_0.-50"},
        {"lesson": "labels-that-travel", "lesson_step": "3", "learned": "1~03_2.7"},
        {"lesson": "labels-that-travel", "lesson_step": "4", "learned": "1~03_3.0.0.1.2"},
        {"lesson": "labels-that-travel", "lesson_step": "4", "learned": "1~03_3.x"},
        {"learned": "~" * 4000, "learn_part": "dance"},
        {"learn_part": "glossary", "learn_word": "<img src=x onerror=alert(1)> **" + "x" * 500},
    ],
)
def test_hand_edited_links_are_made_valid(open_page, address):
    app = sound(open_page(PAGE, **address))
    assert "<script" not in " ".join(str(part.value) for part in app.markdown)


def test_a_damaged_lesson_is_named_and_the_others_work(open_page, own_lessons):
    (own_lessons / "01-good.md").write_text(HEADER.format(title="Good", summary="Works") + "## One\nText\n")
    (own_lessons / "02-bad.md").write_text(
        HEADER.format(title="Bad", summary="x") + "## One\n```answer\ncompute: none_such\n```\n"
    )
    app = sound(open_page(PAGE))
    said = words(app)
    assert "02-bad.md, line 7: unknown computation 'none_such'" in said
    assert "1. Good" in said
    app.button(key="learn_open_good").click().run()
    assert "Text" in words(sound(app))
    (own_lessons / "01-good.md").write_text(HEADER.format(title="Better", summary="Works") + "## One\nNew words\n")
    assert "New words" in words(sound(app.run()))


def test_hostile_texts_stay_text(open_page, own_lessons):
    evil = "<img src=x onerror=alert(1)>"
    block = f"```answer\ncompute: imbalance_ratio\nvalue: ratio\n```\n```look\n{evil} [[nothing]]\n```\n"
    text = (
        HEADER.format(title=f"'{evil}'", summary=f"'**{evil}**'")
        + f"## {evil}\n{evil} [x](javascript:alert(1))\n{block}"
    )
    (own_lessons / "01-evil.md").write_text(text)
    app = open_page(PAGE)
    assert not app.exception
    app = open_page(PAGE, lesson="evil")
    assert not app.exception
    assert all(not part.proto.allow_html for part in app.markdown)
    assert "the text names the value" in words(app)  # an error of the lesson is a sentence on the page


def test_labels_named_like_markup_are_shown_as_they_are(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path))
    (tmp_path / "uploads").mkdir()
    rows = "\n".join(["1,0,1"] * 9 + ["1,1,0"] * 3 + ["0,1,1"])
    (tmp_path / "uploads" / "odd.csv").write_text(f"**x**,_y_,$z$\n{rows}\n")
    app = sound(open_page(PAGE, data="file", file="odd.csv", lesson="long-tail", learned="1~01_0.5"))
    assert "\\*\\*x\\*\\*" in " ".join(str(part.value) for part in app.markdown)
    app = sound(open_page(PAGE, data="file", file="odd.csv", lesson="putting-it-together", learned="1~07_0.1"))
    assert "training needs features or images too" in words(app)
    app.button(key="learn_take").click().run()
    assert in_address(app, "data") == ""
    assert "You said" in words(sound(app))


def test_class_counts_are_enough_for_the_first_lesson(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path))
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "counts.json").write_text(json.dumps({"pos_counts": [90, 7, 3], "num_samples": 100}))
    where = {"data": "file", "file": "counts.json"}
    for number in range(len(LESSONS[0].steps)):
        sound(
            open_page(PAGE, **where, lesson="long-tail", lesson_step=str(number + 1), **predicted(LESSONS[0], number))
        )
    app = sound(open_page(PAGE, **where, lesson="labels-that-travel", learned="1~03_0.2"))
    assert "holds class counts alone" in words(app)


def test_a_page_that_a_lesson_opened_leads_back(open_page):
    app = sound(open_page("pages/1_Dataset.py", from_lesson="resampling-leaks.2"))
    back = [link.proto for link in app.get("page_link") if link.proto.label.startswith("Back to the lesson")]
    assert [link.label for link in back] == ["Back to the lesson resampling leaks, step 2"]
    assert "lesson=resampling-leaks&lesson_step=2" in back[0].query_string
    for odd in ("<b>.1", "x", "resampling-leaks.0", "a.100", "https://example.org.1"):
        links = open_page("pages/1_Dataset.py", from_lesson=odd).get("page_link")
        assert not [link for link in links if link.proto.label.startswith("Back")]


def test_the_glossary_is_searched(open_page):
    app = sound(open_page(PAGE, learn_part="glossary"))
    assert "**mAP**" in words(app)
    app.text_input(key="learn_word").set_value("lift").run()
    sound(app)
    assert "**accuracy**" not in words(app)
    app.text_input(key="learn_word").set_value("no-such-word").run()
    assert "No term has" in words(app)


def test_a_tip_explains_a_word_and_refuses_an_unknown_one():
    assert "called positive" in glossary.tip("precision")
    with pytest.raises(ValueError, match="no term"):
        glossary.tip("unheard of")
