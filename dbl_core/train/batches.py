"""Batches that are on the device when their step comes.

Images are kept as they were decoded, uint8: on the GPU when they fit, else where they are, in memory or on disk. Then a
thread gathers the batch after the one that is computed into memory that the GPU can read by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import torch
from torch import Tensor

from dbl_core.train.data import TrainingData
from dbl_core.train.device import sent

SHARE_FOR_IMAGES = 0.5
"""Of the memory that is free on the GPU, what images may take; the rest is for the network and its batches."""
Rows: TypeAlias = slice | Tensor


def resident(data: TrainingData, device: torch.device) -> tuple[Tensor, Tensor]:
    """The inputs of both splits, on the device as far as they fit; the training split goes first.

    Args:
        data: Both splits.
        device: Where to compute. On the CPU inputs stay where they are.

    Returns:
        (n_train, ...) and (n_test, ...): features on the device, images there or on the CPU.
    """
    splits = (data.train_inputs, data.test_inputs)
    if device.type != "cuda":
        return splits
    room = SHARE_FOR_IMAGES * torch.cuda.mem_get_info(device)[0]
    placed = []
    for inputs in splits:
        fits = not data.has_images or inputs.nbytes <= room
        room -= inputs.nbytes if fits else 0
        placed.append(inputs.to(device) if fits else inputs)
    return placed[0], placed[1]


def batches(inputs: Tensor, parts: Sequence[Rows], device: torch.device) -> Iterator[Tensor]:
    """Rows of the inputs, part by part, on the device.

    Args:
        inputs: (n, ...) on the device or on the CPU.
        parts: Which rows; indices are best where the inputs are, so that no step waits for them.
        device: Where to compute.

    Yields:
        (rows of the part, ...) on the device.
    """
    if inputs.device.type == device.type:
        return (inputs[rows] for rows in parts)
    return _gathered_ahead(inputs, parts, device)


def _gathered_ahead(inputs: Tensor, parts: Sequence[Rows], device: torch.device) -> Iterator[Tensor]:
    array = inputs.numpy()  # numpy gathers on the one thread that asks, torch would wake all of its own

    def gather(rows: Rows) -> Tensor:
        part = torch.from_numpy(array[rows if isinstance(rows, slice) else rows.numpy()])
        return part.pin_memory() if device.type == "cuda" else part

    with ThreadPoolExecutor(1, thread_name_prefix="batches") as pool:
        coming = None
        for rows in [*parts, None]:
            ready, coming = coming, None if rows is None else pool.submit(gather, rows)
            if ready is not None:
                yield ready.result().to(device, non_blocking=True)


def epoch_batches(
    inputs: Tensor,
    targets: Tensor,
    drawn: Tensor,
    *,
    batch_size: int,
    device: torch.device,
    share: Callable[[int], slice] = lambda n: slice(None),
) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of an epoch: inputs and targets of the rows that were drawn for it.

    The rows are sent to the device once, before the first batch.

    Args:
        inputs: (n_train, ...) on the device or on the CPU.
        targets: (n_train, n_labels) on the device.
        drawn: (images of the epoch,) int64 on the CPU.
        batch_size: Rows of a batch; the last one may have fewer.
        device: Where to compute.
        share: Told the rows of a batch, says of which the inputs are wanted; the targets come of all.
    """
    here, there = drawn.split(batch_size), sent(drawn, device).split(batch_size)
    parts = here if inputs.device.type == "cpu" else there
    wanted = [rows[share(len(rows))] for rows in parts]
    for some, rows in zip(batches(inputs, wanted, device), there, strict=True):
        yield some, targets[rows]
