"""What a process computes of a run that several processes train together, one a GPU, and what they exchange.

Every process draws the same batches and computes every n-th image of each. The loss is that of the whole batch: the
processes exchange their logits, a few numbers an image, and each takes the loss of all of them, so that a loss whose
weights or value depend on other images of the batch stays what it is, and every process sees the same number. Gradients
are added up by torch's DistributedDataParallel.

Batch normalisation sees the whole batch on GPUs (SyncBatchNorm). On CPUs, where torch has no such thing, every process
normalises by its own share, and the running statistics are averaged over the processes after every epoch.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True)
class Share:
    """The share of one process; alone, it is everything, and nothing is exchanged.

    Attributes:
        rank: Number of the process, from 0; the first one alone writes.
        count: Number of processes.
    """

    rank: int = 0
    count: int = 1

    @classmethod
    def of_this_process(cls) -> Share:
        """The share of this process in the group that it has joined, if any."""
        joined = dist.is_available() and dist.is_initialized()
        return cls(dist.get_rank(), dist.get_world_size()) if joined else cls()

    @property
    def first(self) -> bool:
        """Whether this process is the one that reports and writes."""
        return self.rank == 0

    def rows(self, n: int) -> slice:
        """Which of the n rows of a batch are computed here; never none.

        A process for which there is no image, in a short last batch, computes the first one, which counts for nothing.
        """
        if self.count == 1:
            return slice(None)
        return slice(self.rank, None, self.count) if self.rank < n else slice(0, 1)

    def parts(self, n: int, pieces: int) -> list[tuple[slice, slice]]:
        """Cut a batch into pieces that are computed one after the other.

        Args:
            n: Rows of the whole batch, at least 1.
            pieces: How many; a batch with fewer rows has fewer.

        Returns:
            For each piece its rows in the whole batch, and those among the rows of this process; never none.
        """
        size = -(-n // pieces)
        found = []
        for start in range(0, n, size):
            stop = min(start + size, n)
            low, high = (len(range(self.rank, end, self.count)) for end in (start, stop))
            found.append((slice(start, stop), slice(low, high) if high > low else slice(0, 1)))
        return found

    def whole(self, own: Tensor, n: int, *, start: int = 0) -> Tensor:
        """The rows of all processes, in their order; gradients flow into the own ones.

        Args:
            own: (rows of this process, n_labels), as :meth:`rows` or :meth:`parts` tell.
            n: Rows in all.
            start: The first of them in the batch.

        Returns:
            (n, n_labels), the same in every process.
        """
        if self.count == 1:
            return own
        first = (self.rank - start) % self.count
        own = own[: len(range(first, n, self.count))]
        everyone = own.new_zeros(n, own.shape[1])
        everyone[first :: self.count] = own.detach()
        dist.all_reduce(everyone)
        return torch.slice_scatter(everyone, own, 0, first, n, self.count)

    def wrapped(self, model: nn.Module) -> nn.Module:
        """A model whose gradients are the mean over the processes; to be wrapped anew when other weights learn."""
        with warnings.catch_warnings():  # torch 2.13 gives the option another name, which older ones do not know
            warnings.filterwarnings("ignore", "`broadcast_buffers` is deprecated", FutureWarning)
            return DistributedDataParallel(model, broadcast_buffers=False)

    def gathering(self, model: object, *, last: bool) -> AbstractContextManager[None]:
        """Around the forward and backward pass of a piece of a batch: gradients are exchanged with its last one."""
        return nullcontext() if last or self.count == 1 else model.no_sync()

    def synchronised(self, model: nn.Module, device: torch.device) -> nn.Module:
        """Let the batch normalisations of a model see the whole batch, where torch can: on GPUs."""
        if self.count == 1 or device.type != "cuda":
            return model
        return nn.SyncBatchNorm.convert_sync_batchnorm(model)

    @torch.no_grad()
    def average_statistics(self, model: nn.Module) -> None:
        """Set the running statistics of a model to their mean over the processes."""
        if self.count > 1:
            for statistic in filter(Tensor.is_floating_point, model.buffers()):
                dist.all_reduce(statistic)
                statistic.div_(self.count)

    def seed_dropout(self, seed: int, epoch: int) -> None:
        """Let every process drop other units, the same ones whenever an epoch is trained again."""
        if self.count > 1:
            sequence = np.random.SeedSequence([seed, self.rank, epoch])
            torch.manual_seed(int(sequence.generate_state(1, np.uint32)[0]))

    @contextmanager
    def after_the_first(self) -> Iterator[None]:
        """A block that the first process passes before all others: it fills the caches that they read."""
        if not self.first:
            self._meet()
        yield
        if self.first:
            self._meet()

    def _meet(self) -> None:
        """Wait until every process is here."""
        if self.count > 1:
            dist.all_reduce(torch.zeros(1))
