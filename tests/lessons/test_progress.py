"""What is done, as a text of an address: it comes back as it was written, and garbage is nothing done."""

import pytest

from dbl_core.lessons.progress import Progress, read_choice, read_progress, write_choice, write_progress


def test_progress_comes_back_as_it_was_written():
    done = Progress().with_step(4, 1, "150").with_step(4, 0, "").with_step(12, 3, "2.0.1").with_step(4, 2, "-0.5")
    text = write_progress(done)
    assert text == "1~04_0_1.150_2.-0.5~12_3.2.0.1"
    assert read_progress(text) == done
    assert write_progress(read_progress(text)) == text


def test_a_step_and_a_lesson_can_be_taken_back():
    done = Progress().with_step(1, 0, "1").with_step(1, 1, "2").with_step(2, 0, "")
    assert done.without(1, 0).steps(1) == {1: "2"}
    assert done.without(1).steps(1) == {}
    assert write_progress(done.without(1).without(2)) == ""
    assert done.steps(1) == {0: "1", 1: "2"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "2~04_1.5",
        "1",
        "1~",
        "1~x_1",
        "1~04",
        "1~04_",
        "1~04_99.1",
        "1~04_1.<b>",
        "1~04_-1",
        "1~٤٤_1",
        "~" * 5000,
    ],
)
def test_garbage_is_nothing_done(text):
    assert read_progress(text) == Progress()


def test_what_can_be_read_beside_garbage_counts():
    assert read_progress("1~04_1.5_x_2.<script>~zz_1~05_0").done == {4: {1: "5"}, 5: {0: ""}}
    assert len(read_progress("1~" + "~".join(f"{number:02d}_0" for number in range(99)) + "~00_0" * 9999).done) <= 99


def test_choices_are_places():
    assert read_choice(write_choice([2, 0, 1]), 3) == [2, 0, 1]
    assert read_choice("1", 3) == [1]
    for text in ("", "3", "-1", "1.1", "x", "0.1.2.3", "²", "1e3", "999999999"):
        assert read_choice(text, 3) == []
