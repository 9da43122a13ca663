"""The registry of data sets."""

import subprocess
import sys
from pathlib import Path

import pytest

from dbl_core.datasets import DATASETS, PRESETS, load_dataset


def test_descriptions_are_complete():
    for name, described in DATASETS.items():
        assert described.name == name
        assert described.description.endswith(".")
        assert described.presets
        assert described.options
    assert DATASETS["picto-voc"].presets == PRESETS


def test_the_registry_cannot_be_changed():
    with pytest.raises(TypeError):
        DATASETS["mine"] = DATASETS["picto-voc"]


def test_unknown_data_set():
    with pytest.raises(ValueError, match="'cifar', must be one of picto-voc"):
        load_dataset("cifar")


def test_unknown_option_lists_the_ones_it_has():
    with pytest.raises(ValueError, match="picto-voc has no option ratios; it has preset, ratio"):
        load_dataset("picto-voc", ratios=3)


def test_importing_it_is_cheap():
    code = (
        "import sys, dbl_core.datasets, dbl_core.datasets.image_cache;"
        "sys.exit(bool({'torch', 'scipy', 'pandas', 'pydantic'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
