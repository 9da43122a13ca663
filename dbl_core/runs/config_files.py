"""The settings of a run as a file: what the pages give away, and what ``python -m dbl_core run --config`` reads."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from dbl_core.config import RunConfig

KINDS = ("json", "yaml")
SECTIONS = ("dataset", "loss", "train")
_YAML_ENDINGS = (".yaml", ".yml")


def config_text(config: RunConfig, kind: str, *, sections: Collection[str] = SECTIONS) -> str:
    """Write settings as JSON or YAML; what is left to the defaults of a data set is left out.

    Args:
        config: The settings.
        kind: "json" or "yaml".
        sections: Which parts: "dataset", "loss", "train". What a file lacks takes the defaults, or the flags that
            stand beside ``--config``.

    Raises:
        ValueError: An unknown kind or section.
    """
    if kind not in KINDS or not set(sections) <= set(SECTIONS):
        raise ValueError(f"kind {kind!r}, sections {sorted(sections)}; allowed: {', '.join(KINDS)} of {SECTIONS}")
    if kind == "json":
        return config.model_dump_json(indent=2, include=set(sections), exclude_none=True) + "\n"
    values = config.model_dump(mode="json", include=set(sections), exclude_none=True)
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True)


def read_config_file(path: Path) -> RunConfig:
    """Read settings from a YAML file (``.yaml``, ``.yml``) or a JSON file (any other name).

    Raises:
        ValueError: The file cannot be read, or a value in it is refused; one sentence.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{path} cannot be read as a configuration ({error}); give the config.json of a run, or a YAML file"
        ) from error
    if path.suffix.lower() not in _YAML_ENDINGS:
        return RunConfig.model_validate_json(text)
    return RunConfig.model_validate(_from_yaml(path, text))


def _from_yaml(path: Path, text: str) -> dict[str, Any]:
    try:
        values = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"{path} is no YAML file: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(values, dict):
        raise ValueError(f"{path} holds no settings; it should have the sections {', '.join(SECTIONS)}")
    return values
