r"""Every loss of the lab as data: text, formula, options, presets. Loading this module does not load torch.

The formulas are those of one (image, class) cell; :math:`\zeta(x)=\log(1+e^x)`, so that :math:`\zeta(-z)` is the
cross-entropy of a positive and :math:`\zeta(z)` that of a negative.
"""

from collections.abc import Mapping
from difflib import get_close_matches

from dbl_core.losses.description import LossDescription, LossOption, Preset
from dbl_core.losses.descriptions import DESCRIPTIONS
from dbl_core.losses.presets import PRESETS

__all__ = [
    "LADDER",
    "LOSSES",
    "PRESETS",
    "LossDescription",
    "LossOption",
    "Preset",
    "check_options",
    "describe",
    "preset_options",
]

LOSSES: dict[str, LossDescription] = {description.name: description for description in DESCRIPTIONS}

LADDER = ("bce", "focal", "r_bce", "ntr", "db", "db_focal")
"""The order in which the terms are best met: plain, focusing, re-weighting, tolerance, both, all."""


def describe(name: str) -> LossDescription:
    """Return the description of a loss.

    Raises:
        ValueError: There is no loss of that name; the message lists them and guesses the one that was meant.
    """
    if not isinstance(name, str) or name not in LOSSES:
        raise ValueError(f"There is no loss {name!r}{_guess(name, LOSSES)}; choose one of {', '.join(LOSSES)}.")
    return LOSSES[name]


def check_options(name: str, options: Mapping[str, object] | None = None) -> dict[str, float | str]:
    """Complete and check the options of a loss.

    Args:
        name: Name of the loss.
        options: Some or all of its options; numbers may come as strings.

    Returns:
        Every option of the loss with its value, in the order of the catalogue.

    Raises:
        ValueError: The loss is unknown, has no such option, or a value is of the wrong type or outside its range.
    """
    description = describe(name)
    known = {option.name: option for option in description.options}
    given = dict(options or {})
    for key in given:
        if key not in known:
            has = f"it has {', '.join(known)}" if known else "it has no options"
            raise ValueError(f"The loss {name} has no option {key!r}{_guess(key, known)}; {has}.")
    try:
        return {key: option.check(given.get(key, option.default)) for key, option in known.items()}
    except ValueError as error:
        raise ValueError(f"Loss {name}: {error}") from None


def preset_options(preset: str, loss: str) -> dict[str, float | str]:
    """Return the complete options of a loss under a published setting.

    Raises:
        ValueError: The loss or the preset is unknown, or the preset is not meant for the loss.
    """
    description = describe(loss)
    if preset not in PRESETS or loss not in PRESETS[preset].losses:
        fitting = [key for key, entry in PRESETS.items() if loss in entry.losses]
        raise ValueError(f"The loss {loss} has no preset {preset!r}; it has {', '.join(fitting) or 'none'}.")
    values = PRESETS[preset].values
    return check_options(loss, {key: values[key] for key in description.defaults if key in values})


def _guess(word: object, known: Mapping[str, object]) -> str:
    close = get_close_matches(str(word).lower(), known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""
