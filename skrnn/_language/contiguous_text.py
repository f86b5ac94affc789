"""A contiguous text as batches: streams side by side, cut into windows that continue."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from skrnn._training.batching import Batch

__all__ = ["ContiguousText"]


class ContiguousText:
    """Token ids in their order, as batches for a network that carries its state onward.

    The text is cut into ``n_streams`` parts of equal length, which are read side by side. A batch
    is a window of ``window_length`` timesteps of all streams; the next one begins where it ended.
    What a net counts as its samples are the timesteps.

    Parameters
    ----------
    ids : ndarray of int64, shape (n_ids,)
        The whole text; up to ``n_streams - 1`` ids at its end are left over.
    n_streams : int
        Parts read side by side, fewer than ``n_ids``.
    window_length : int
        Timesteps of a prediction batch.
    device : torch.device
        Where the tensors live.
    carry_state : bool, default=True
        Whether batches follow one another. If not, each begins from a zero state, and their order
        is random.
    """

    def __init__(
        self,
        ids: np.ndarray,
        n_streams: int,
        window_length: int,
        device: torch.device,
        *,
        carry_state: bool = True,
    ) -> None:
        n_steps = (len(ids) - 1) // n_streams
        used = torch.from_numpy(ids[: n_streams * n_steps + 1])
        self.inputs = used[:-1].view(n_streams, n_steps).to(device)
        self.y: Tensor | None = used[1:].view(n_streams, n_steps).to(device)
        self.window_length = window_length
        self.device = device
        self.carry_state = carry_state

    def __len__(self) -> int:
        return self.inputs.shape[1]

    def window(self, timesteps: Tensor) -> tuple[Tensor, Tensor]:
        """Return ids and targets, each of shape (n_streams, n_timesteps)."""
        assert self.y is not None
        return self.inputs.index_select(1, timesteps), self.y.index_select(1, timesteps)

    def batch(self, numbers: np.ndarray, samples: Tensor | None = None) -> Batch:
        """Return the window of the given timesteps, which follow one another."""
        ids, targets = self.window(
            torch.from_numpy(numbers).to(self.device) if samples is None else samples
        )
        is_continued = self.carry_state and numbers[0] > 0
        continues = ids.new_full((), float(is_continued), dtype=torch.float32)
        return Batch((ids, targets, continues), targets)

    def training_batches(self, window_length: int, rng: np.random.Generator, /) -> list[np.ndarray]:
        """Cut an epoch into windows of about ``window_length`` timesteps.

        All borders but the first and the last are shifted by up to a quarter of a window, so that
        every token stands at other places in its window in other epochs.
        """
        n_windows = -(-len(self) // window_length)
        borders = np.linspace(0, len(self), n_windows + 1)
        quarter = len(self) / n_windows / 4
        borders[1:-1] += rng.uniform(-quarter, quarter)
        windows = np.split(np.arange(len(self)), np.round(borders[1:-1]).astype(int))
        windows = [window for window in windows if len(window)]
        if self.carry_state:
            return windows
        return [windows[number] for number in rng.permutation(len(windows))]

    def parts(self, numbers: np.ndarray) -> list[np.ndarray]:
        """Compute a window as a whole: its streams are equally long."""
        return [np.arange(len(numbers))]

    def prediction_batches(self) -> Iterator[tuple[np.ndarray, int]]:
        """Yield windows one after the other, and their timesteps."""
        for start in range(0, len(self), self.window_length):
            window = np.arange(start, min(start + self.window_length, len(self)))
            yield window, len(window)
