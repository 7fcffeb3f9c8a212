"""The processes of a run, started alone or by torchrun: what each of them has goes to all, and derivatives are summed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, distributed

from .errors import TrainError


class Ranks:
    """This process among the run's; `device` is the one that it computes on."""

    def __init__(self, device: str) -> None:
        self.rank = int(os.environ.get("RANK", "0"))
        self.size = int(os.environ.get("WORLD_SIZE", "1"))
        has_gpu = torch.cuda.is_available()
        if device == "cuda" and not has_gpu:
            raise TrainError('torch finds no GPU here: set device to "cpu", or install torch for the GPU and its driver')
        on_gpu = has_gpu and device != "cpu"
        self.device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if on_gpu else torch.device("cpu")
        if on_gpu:
            torch.cuda.set_device(self.device)
        if self.size > 1:
            distributed.init_process_group("nccl" if on_gpu else "gloo")

    @property
    def is_first(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0

    def share(self, count: int) -> range:
        """The part of `count` things that is this process's."""
        return self.shares(count)[self.rank]

    def shares(self, count: int) -> list[range]:
        """The part of each process, in their order; the first have one more where it doesn't come out even."""
        each, left = divmod(count, self.size)
        starts = [rank * each + min(rank, left) for rank in range(self.size + 1)]
        return [range(from_, to) for from_, to in pairwise(starts)]

    def gather(self, rows: Tensor, counts: Sequence[int]) -> Tensor:
        """The rows of all processes, `counts` of each, in their order. No derivative goes through."""
        rows = rows.detach()
        if self.size == 1:
            return rows
        # Collective calls want the same size of all.
        padded = rows.new_zeros(max(counts), *rows.shape[1:])
        padded[: len(rows)] = rows
        parts = [torch.empty_like(padded) for _ in counts]
        distributed.all_gather(parts, padded)
        return torch.cat([part[:count] for part, count in zip(parts, counts, strict=True)])

    def sum_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Sums derivatives over the processes: each has those that go through its own share of the batch."""
        if self.size == 1:
            return
        learning = [parameter for parameter in parameters if parameter.requires_grad]
        for parameter in learning:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        flat = torch.cat([parameter.grad.flatten().float() for parameter in learning])
        distributed.all_reduce(flat)
        at = 0
        for parameter in learning:
            parameter.grad.copy_(flat[at : at + parameter.numel()].view_as(parameter))
            at += parameter.numel()

    def sum(self, numbers: Tensor) -> Tensor:
        """The sum of all processes' numbers."""
        if self.size > 1:
            distributed.all_reduce(numbers)
        return numbers

    def any(self, flag: bool) -> bool:
        """Whether any process says so."""
        if self.size == 1:
            return flag
        said = torch.tensor([float(flag)], device=self.device)
        distributed.all_reduce(said)
        return bool(said.item() > 0)

    def close(self) -> None:
        """Leaves the group."""
        if distributed.is_initialized():
            distributed.destroy_process_group()
