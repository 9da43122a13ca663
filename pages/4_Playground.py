"""Playground: move a slider, a head is really retrained, and head, medium and tail answer."""

from dbl_core.config import DatasetConfig
from dbl_core.errors import DataError
from pages.ui import cache, page, play_fields, play_form, train_form
from pages.ui.play_live import live
from pages.ui.play_methods import methods
from pages.ui.play_sweep import sweep

PARTS = {"live": (":material/joystick: Live", live), "sweep": (":material/grid_on: Sweep", sweep)}
PARTS["table"] = (":material/table_chart: The paper's table", methods)


def trainable(choice: DatasetConfig) -> bool:
    """Whether heads can be trained on the data set; where not, say why and what to do."""
    try:
        train_form.trainable(choice)
    except DataError as error:
        cache.dataset(choice)  # a data set that cannot be read at all is an error, not a hint
        play_form.nothing_to_train(str(error))
        return False
    return True


with page.frame(
    "Playground", "Move a slider: a head is really retrained, and head, medium and tail answer a second later."
) as chosen:
    titles = {name: title for name, (title, _) in PARTS.items()}
    part = play_fields.word("play_part", "What to do", titles, "live", label_visibility="collapsed")
    if trainable(chosen):
        PARTS[part][1](chosen)
