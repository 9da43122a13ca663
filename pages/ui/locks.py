"""What the link of a teacher locks or hides: ``lock=ratio,mu`` and ``hide=navigation,launch``.

A locked choice is shown but cannot be changed, a hidden part is not drawn. This keeps a class on the subject; it
protects nothing, for everybody can edit an address.
"""

from __future__ import annotations

LOCK, HIDE = "lock", "hide"
LOSS_PREFIXES = ("loss_a", "loss_b", "play_loss", "train_loss")
"""Parameters that name a loss; its options are called like it, ``loss_a_mu``."""
DATA = {"data", "file", "images", "preset", "ratio", "profile", "max_count", "seed"}
TRAINING = {"play_sampler", "play_rate", "play_steps", "play_seed"}
LOCKS = {
    "data": "Data set",
    "ratio": "Imbalance ratio",
    "loss": "Loss",
    "options": "Options of the loss",
    "train": "Training settings",
    "groups": "Borders of head, medium and tail",
}
"""Words that lock more than the parameter of that name, and how they are called; ``mu`` locks that option."""
PARTS = {
    "navigation": "Links to other pages",
    "sidebar": "The whole sidebar",
    "options": "Options of the loss",
    "launch": "Buttons that start training",
}
"""Parts of the pages that can be hidden."""
MOST_SIGNS = 400


def words_in(text: str) -> frozenset[str]:
    """Return the words of a parameter ``lock`` or ``hide``; nothing for a text that is too long."""
    return frozenset(filter(None, map(str.strip, text.split(",")))) if len(text) <= MOST_SIGNS else frozenset()


def locks(words: frozenset[str], key: str) -> bool:
    """Whether some words lock a parameter of the address.

    Args:
        words: groups of :data:`LOCKS`, names of parameters, or names of options of a loss.
        key: the parameter.
    """
    if not words:
        return False
    prefix = next((one for one in LOSS_PREFIXES if key.startswith(f"{one}_")), None)
    named = {key, key.removeprefix(f"{prefix}_") if prefix else key}
    if key in DATA:
        named |= {"data"} | ({"ratio"} if key == "preset" else set())  # the paper's preset would undo the ratio
    elif prefix:
        named |= {"options"}
    elif key in LOSS_PREFIXES:
        named |= {"loss"}
    elif key in TRAINING or key.startswith("train_"):
        named |= {"train"}
    return bool(named & words)
