"""The state of a training run after a whole epoch, on disk: from it the rest follows as if nothing had happened.

Weights, the optimizer's memory and the random states of dropout and augmentation are tensors of a safetensors file.
Everything else is in the number of the epoch: the rows of all epochs follow from the seed, the rate from the step. The
head of the file holds a JSON object with that number, a checksum, and what the run was trained on.
"""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from dbl_core.config import LIMITS, RunConfig
from dbl_core.errors import ModelError
from dbl_core.models.weights import load_into
from dbl_core.runs.record import strict, writing
from dbl_core.runs.resume import HEADER, MAX_CHECKPOINT_BYTES, damaged, read_header
from dbl_core.train.loop import Trainer
from dbl_core.whole_files import replacing

MODEL, AVERAGE, OPTIMIZER = "model.", "average.", "optimizer."
AVERAGED_STEPS = "steps_of_average"
DROPOUT, DROPOUT_CUDA, LIGHT = "random.dropout", "random.dropout_cuda", "random.light"
_FREE = (*LIMITS, "nproc")
"""Settings that may be others when a run goes on."""
log = logging.getLogger(__name__)


class Checkpoints:
    """Writes the state of a trainer into one file, and brings it back.

    Args:
        path: The file.
        trainer: Whose state; :meth:`load` changes it.
        config: The settings of the run; a state belongs to them and to the data alone.
    """

    def __init__(self, path: Path, trainer: Trainer, config: RunConfig) -> None:
        self._path, self._trainer = path, trainer
        settings = {name: value for name, value in config.flat().items() if name.removeprefix("train.") not in _FREE}
        self._belongs = {"settings": strict(settings), "data": _data_key(trainer)}

    def save(self, seconds: float) -> None:
        """Write the state after a whole epoch, in place of that of the epoch before.

        A state of more than ``MAX_CHECKPOINT_BYTES`` is not kept.

        Args:
            seconds: What the run has taken so far.

        Raises:
            RunError: If it cannot be written; the old file stays.
        """
        trainer, tensors = self._trainer, _state_of(self._trainer)
        if sum(tensor.nbytes for tensor in tensors.values()) > MAX_CHECKPOINT_BYTES - 2**20:
            log.warning("the state of this run is too large to be kept, so it cannot be resumed")
            return
        header = {
            "epoch": trainer.epoch,
            "parts": trainer.parts,
            "training_seconds": trainer.seconds,
            "seconds": seconds,
            "checksum": _checksum(tensors),
            **self._belongs,
        }
        content = save(tensors, metadata={HEADER: json.dumps(header, allow_nan=False)})
        with writing(self._path), replacing(self._path, durable=True) as file:
            file.write(content)

    def load(self) -> float:
        """Bring the trainer to where the checkpoint stands; nothing happens where there is none.

        Returns:
            Seconds that the run had taken until then; 0 without a checkpoint.

        Raises:
            RunError: If the file is damaged, or belongs to other settings or data.
        """
        if not self._path.exists():
            return 0.0
        header = read_header(self._path)
        for part, now in self._belongs.items():
            if header.get(part) != now:
                raise damaged(self._path, f"the {part} of the run have changed since")
        try:
            with safe_open(self._path, framework="pt") as file:
                tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 - it is no mapping
            if _checksum(tensors) != header["checksum"]:
                raise ValueError("the checksum is another one")
            seconds = float(header["seconds"])
            self._trainer.enter_stage(self._trainer.plan.stage_of(header["epoch"] - 1))
            _restore(self._trainer, tensors)
            self._trainer.epoch, self._trainer.seconds = header["epoch"], float(header["training_seconds"])
            self._trainer.parts = max(int(header["parts"]), self._trainer.parts)
        except (OSError, SafetensorError, ModelError, LookupError, TypeError, ValueError, RuntimeError) as error:
            raise damaged(self._path, "some of its bytes are not what the run has written") from error
        log.info("going on after epoch %d", header["epoch"])
        return seconds


def _state_of(trainer: Trainer) -> dict[str, Tensor]:
    tensors = {MODEL + name: tensor for name, tensor in trainer.model.state_dict().items()}
    if trainer.average is not None:
        tensors |= {AVERAGE + name: tensor for name, tensor in trainer.average.model.state_dict().items()}
        tensors[AVERAGED_STEPS] = torch.tensor(trainer.average.steps)
    for number, memory in trainer.optimizer.state_dict()["state"].items():
        tensors |= {f"{OPTIMIZER}{number}.{name}": tensor for name, tensor in memory.items() if tensor is not None}
    tensors |= {DROPOUT: torch.get_rng_state(), LIGHT: trainer.light.get_state()}
    if trainer.device.type == "cuda":
        tensors[DROPOUT_CUDA] = torch.cuda.get_rng_state(trainer.device)
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def _restore(trainer: Trainer, tensors: Mapping[str, Tensor]) -> None:
    _load_below(MODEL, tensors, trainer.model)
    if trainer.average is not None:
        _load_below(AVERAGE, tensors, trainer.average.model)
        trainer.average.steps = int(tensors[AVERAGED_STEPS])
    memory: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith(OPTIMIZER):
            _, number, key = name.split(".")
            memory.setdefault(int(number), {})[key] = tensor
    parameters = list(trainer.model.parameters())
    for number, entries in memory.items():
        if any(tensor.ndim and tensor.shape != parameters[number].shape for tensor in entries.values()):
            raise ValueError(f"the optimizer's memory of parameter {number} has another shape")
    groups = trainer.optimizer.state_dict()["param_groups"]
    trainer.optimizer.load_state_dict({"state": memory, "param_groups": groups})
    torch.set_rng_state(tensors[DROPOUT])
    trainer.light.set_state(tensors[LIGHT])
    if trainer.device.type == "cuda" and DROPOUT_CUDA in tensors:
        torch.cuda.set_rng_state(tensors[DROPOUT_CUDA], trainer.device)


def _load_below(prefix: str, tensors: Mapping[str, Tensor], model: nn.Module) -> None:
    below = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    load_into(model, below, source="the checkpoint")


def _checksum(tensors: Mapping[str, Tensor]) -> int:
    checksum = 0
    for name in sorted(tensors):
        checksum = zlib.crc32(tensors[name].reshape(-1).view(torch.uint8).numpy(), zlib.crc32(name.encode(), checksum))
    return checksum


def _data_key(trainer: Trainer) -> dict[str, Any]:
    """What tells these training data from others: labels, shapes, and where the inputs are from."""
    data = trainer.data
    labels = zlib.crc32(data.test_labels.tobytes(), zlib.crc32(data.train_labels.tobytes()))
    shapes = [list(data.train_inputs.shape), list(data.test_inputs.shape)]
    return {"labels": labels, "shapes": shapes, "origin": strict(data.origin)}
