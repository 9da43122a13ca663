"""The weights of a backbone: shipped, in a file of the user's, or fetched once and kept in the cache folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from dbl_core.config import TrainConfig
from dbl_core.download.fetch import PATIENCE, Patience, RemoteFile, fetch
from dbl_core.errors import DataError, ModelError
from dbl_core.models.backbones import backbone_fingerprint, load_backbone
from dbl_core.models.catalog import RANDOM, describe_backbone

Progress = Callable[[str, int, int], None]
FOLDER = "backbones"
"""Fetched weights lie below this folder of the cache folder."""


@dataclass(frozen=True)
class BackboneChoice:
    """A backbone and where its weights are.

    Attributes:
        name: key of ``dbl_core.models.BACKBONES``.
        path: the weights file; None for the shipped one, or with ``pretrained`` False.
        pretrained: False for random weights.
        source: in words, where the weights are from.
    """

    name: str = "picto"
    path: Path | None = None
    pretrained: bool = True
    source: str = "shipped with the lab"

    def load(self, *, seed: int = 0) -> nn.Module:
        """The network in evaluation mode; the seed is that of random weights."""
        return load_backbone(self.path, name=self.name, pretrained=self.pretrained, seed=seed)

    def fingerprint(self) -> str:
        """What its features depend on."""
        return backbone_fingerprint(self.path, name=self.name, pretrained=self.pretrained)

    def record(self) -> dict[str, Any]:
        """What ``result.json`` keeps of it."""
        return {"name": self.name, "weights": self.source, "fingerprint": self.fingerprint()}


def choose_backbone(
    config: TrainConfig, *, cache_dir: Path, progress: Progress, patience: Patience = PATIENCE
) -> BackboneChoice:
    """Find the weights that a run asks for; fetches them where they are published and not here yet.

    Args:
        config: mode, backbone and weights.
        cache_dir: fetched weights are kept in its folder ``backbones``.
        progress: called with (what, bytes here, bytes in all); ends the download by raising.
        patience: with a server that does not answer.

    Raises:
        ModelError: the weights are not to be had or not the published ones; the sentence says which file to put where.
        RunError: the disk is full or the folder cannot be written.
    """
    description = describe_backbone(config.backbone)
    if config.mode == "scratch" or config.weights == RANDOM:
        return BackboneChoice(config.backbone, None, False, "random, not pre-trained")
    if config.weights is not None:
        path = Path(config.weights).expanduser()
        return BackboneChoice(config.backbone, path, True, f"file {path.name}")
    if description.shipped:
        return BackboneChoice(config.backbone)
    path = Path(cache_dir) / FOLDER / description.published
    _fetch(config.backbone, path, progress, patience)
    return BackboneChoice(config.backbone, path, True, description.url)


def _fetch(name: str, path: Path, progress: Progress, patience: Patience) -> None:
    description, what, seen = describe_backbone(name), f"fetching the weights of {name}", [0, 0]

    def check(file: Path) -> None:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if not digest.startswith(description.digest):
            raise DataError(
                f"{path} is not the published file (its SHA-256 begins {digest[:8]}, not {description.digest}): remove"
                " it where it lies there and start again"
            )

    def report(done: int, total: int) -> None:
        seen[:] = done, total
        progress(what, done, total)

    try:
        fetched = fetch(
            RemoteFile(description.url, max_bytes=description.max_bytes),
            path,
            progress=report,
            check_stop=lambda: progress(what, *seen),
            verify=check,
            patience=patience,
        )
        if not fetched:
            check(path)
    except DataError as error:
        raise ModelError(
            f"no weights of {name}: {error}; or name a file with --weights FILE, or try random ones with --weights"
            f" {RANDOM}"
        ) from error
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}): check the file's rights.") from error
