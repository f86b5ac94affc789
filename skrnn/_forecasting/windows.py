"""Windows of a panel, gathered by the row of their cutoff and never stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from skrnn._forecasting.anchors import (
    anchor_forecasts,
    fill_gaps,
    level_and_scale,
    level_and_scale_of_counts,
    mean_anchors,
)
from skrnn._forecasting.closed_phases import closed_phases
from skrnn._forecasting.loss_weights import have_weight, shares_of_loss
from skrnn._forecasting.outliers import are_outliers
from skrnn._forecasting.smoothed_median import smoothed_median
from skrnn._series.panel import Panel
from skrnn._training.batching import Batch, parts_of_batch, prediction_batches

__all__ = [
    "WINDOWS_PER_EPOCH",
    "PanelFeatures",
    "WindowContents",
    "WindowShape",
    "WindowSource",
    "Windows",
    "held_out_starts",
    "training_cutoffs",
]

# Windows drawn in one epoch, independent of the length of the series.
WINDOWS_PER_EPOCH = 1024

# A training window has at least this many observations before its cutoff.
_MIN_HISTORY = 3

# Normalised inputs are clipped here: a larger number only means "far away".
_LARGEST_INPUT = 100.0
# Normalised targets are clipped here: their squares have to be representable.
_LARGEST_TARGET = 1e9


@dataclass(frozen=True)
class WindowShape:
    """The shape of a window.

    Parameters
    ----------
    context_length : int
        Timesteps of history.
    horizon : int
        Timesteps to forecast.
    periods : tuple of int
        Seasonal periods of the anchor forecasts, the main one first.
    dtype : torch.dtype
        Type of the network's inputs.
    is_log : bool, default=False
        Whether the values are logarithms.
    is_count : bool, default=False
        Whether the values are forecast as counts, from means of the window.
    is_mean : bool, default=False
        Whether means of the values are forecast, and not medians.
    """

    context_length: int
    horizon: int
    periods: tuple[int, ...]
    dtype: torch.dtype
    is_log: bool = False
    is_count: bool = False
    is_mean: bool = False


@dataclass(frozen=True)
class PanelFeatures:
    """Features of a panel, standardised, 0 where missing.

    Parameters
    ----------
    by_row : ndarray of shape (n_steps_total, n_known_by_row)
        Features known in advance, for each row of the panel's values.
    by_position : ndarray of shape (n_positions, n_known_by_position)
        Features known in advance that all series share, such as the calendar.
    first_position : int
        Clock position of the first row of ``by_position``.
    past : ndarray of shape (n_steps_total, n_past)
        Features known up to the cutoff only, for each row of the panel's values.
    past_by_position : ndarray of shape (n_positions, n_past_by_position)
        Features known up to the cutoff only that all series share.
    static : ndarray of shape (n_series, n_static)
        Features that are constant in each series.
    """

    by_row: np.ndarray
    by_position: np.ndarray
    first_position: int
    past: np.ndarray
    past_by_position: np.ndarray
    static: np.ndarray

    @property
    def n_known(self) -> int:
        """Number of features known in advance."""
        return self.by_row.shape[1] + self.by_position.shape[1]

    @property
    def n_past(self) -> int:
        """Number of features known up to the cutoff only."""
        return self.past.shape[1] + self.past_by_position.shape[1]

    @property
    def n_static(self) -> int:
        """Number of features that are constant in each series."""
        return self.static.shape[1]


def training_cutoffs(
    panel: Panel, horizon: int, *, stop: np.ndarray | None = None, is_future: bool = False
) -> np.ndarray:
    """Return the rows of a panel at which a training window may have its cutoff.

    Parameters
    ----------
    panel : Panel
        The series.
    horizon : int
        Timesteps after the cutoff that are the target.
    stop : ndarray of int, shape (n_series,), or None
        First row of each series that is held out; None holds nothing out.
    is_future : bool, default=False
        Whether to return the cutoffs of the held-out windows, whose first target is at ``stop`` or
        later, in place of those whose last target is before it.

    Returns
    -------
    ndarray of int64
        Increasing rows that are observed, with at least three observations up to them and at least
        one among their targets. Targets that the end of the series cuts off are allowed only if
        the series has no window of full length and holds nothing out.
    """
    stop = panel.stops if stop is None else stop
    # One series at a time: the intermediate results are larger than the panel itself.
    return np.concatenate(
        [
            first + _cutoff_steps(panel.values[first:last], horizon, split - first, is_future)
            for first, last, split in zip(panel.starts, panel.stops, stop, strict=True)
        ]
    )


def held_out_starts(
    panel: Panel, horizon: int, period: int, validation_fraction: float
) -> np.ndarray | None:
    """Return the first row of each series whose value is held out, or None to hold nothing out.

    A series holds out ``validation_fraction`` of its timesteps and at least a horizon. If the rest
    is shorter than a horizon or a season plus three timesteps, it holds nothing out.
    """
    if validation_fraction == 0:
        return None
    lengths = panel.observed_lengths
    share = np.ceil(validation_fraction * lengths).astype(np.int64)
    n_held_out = np.maximum(share, horizon)
    has_enough_left = lengths - n_held_out >= max(horizon, period) + _MIN_HISTORY
    if not has_enough_left.any():
        return None
    return panel.stops - np.where(has_enough_left, n_held_out, 0)


def _cutoff_steps(values: np.ndarray, horizon: int, split: int, is_future: bool) -> np.ndarray:
    """Return the steps of one series that may be cutoffs; ``split`` is its ``stop``."""
    is_observed = ~np.isnan(values)
    n_seen = np.cumsum(is_observed)
    steps = np.flatnonzero(is_observed)
    limit = len(values) if is_future else split
    last_target = np.minimum(steps + horizon, limit - 1)
    is_usable = (n_seen[steps] >= _MIN_HISTORY) & (last_target > steps)
    is_usable &= n_seen[last_target] > n_seen[steps]
    if is_future:
        is_usable &= steps + 1 >= split
    is_whole = is_usable & (steps + horizon <= limit - 1)
    # Windows whose targets are cut off by the end of the series would show its last values more
    # often than others, so they are used only in a short series that has no other windows. If
    # targets are held out, such windows would leak them: their targets reach into the held-out end.
    can_be_cut = is_future or split == len(values)
    return steps[is_usable if can_be_cut and not is_whole.any() else is_whole]


@dataclass(frozen=True, eq=False)
class WindowContents:
    """The values and features of some windows.

    Parameters
    ----------
    history : ndarray of shape (n_windows, context_length)
        Values, NaN where nothing was observed.
    filled : ndarray of shape (n_windows, context_length)
        The same without gaps.
    level, scale : ndarray of shape (n_windows, 1)
        By which the windows are normalised.
    known : ndarray of shape (n_windows, context_length + horizon, n_known)
        Features known in advance, those of the calendar last.
    past : ndarray of shape (n_windows, context_length, n_past)
        Features known up to the cutoff.
    static : ndarray of shape (n_windows, n_static)
        Features of the series.
    """

    history: np.ndarray
    filled: np.ndarray
    level: np.ndarray
    scale: np.ndarray
    known: np.ndarray
    past: np.ndarray
    static: np.ndarray


@dataclass
class Windows:
    """Windows of one panel; a batch of them is one gather.

    Parameters
    ----------
    panel : Panel
        The series, transformed as the network reads them.
    features : PanelFeatures
        Features of the series.
    cutoffs : ndarray of int64, shape (n_windows,)
        Rows of ``panel.values``, each the last row of a window's history.
    shape : WindowShape
        Shape of the windows.
    device : torch.device
        Device of the network.
    per_epoch : int or None, default=None
        Windows drawn in one epoch of training; None takes all.
    tail : ndarray of shape (n_windows, n_tail) or None, default=None
        Forecasts of the timesteps after the cutoff that replace the values of the panel: the
        history ends with them, ``n_tail`` timesteps later.
    is_smoothed : bool, default=True
        Whether the forecast by exponential smoothing is the last anchor, towards which forecasts
        are drawn; training does without it.
    weights : ndarray of shape (n_steps_total,) or None, default=None
        Weights of the panel's values in the training loss; None weighs all alike.
    """

    panel: Panel
    features: PanelFeatures
    cutoffs: np.ndarray
    shape: WindowShape
    device: torch.device
    per_epoch: int | None = None
    tail: np.ndarray | None = None
    is_smoothed: bool = True
    weights: np.ndarray | None = None
    y: Tensor | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        panel, features = self.panel, self.features
        self.series = panel.series_of(self.cutoffs)
        self._values = torch.from_numpy(panel.values)
        self._by_row = torch.from_numpy(features.by_row)
        self._by_position = torch.from_numpy(features.by_position)
        self._past = torch.from_numpy(features.past)
        self._past_by_position = torch.from_numpy(features.past_by_position)
        self._static = torch.from_numpy(features.static)

    def __len__(self) -> int:
        return len(self.cutoffs) if self.per_epoch is None else self.per_epoch

    def training_batches(self, batch_size: int, rng: np.random.Generator) -> list[np.ndarray]:
        """Draw the windows of one epoch and cut them into batches of nearly equal size."""
        n_windows, n_drawn = len(self.cutoffs), len(self)
        if n_windows > n_drawn:
            drawn = rng.integers(n_windows, size=n_drawn)
        else:
            # All windows are drawn equally often, up to a difference of one.
            rounds = [rng.permutation(n_windows) for _ in range(-(-n_drawn // n_windows))]
            drawn = np.concatenate(rounds)[:n_drawn]
        return np.array_split(drawn, -(-n_drawn // batch_size))

    def parts(self, numbers: np.ndarray) -> list[np.ndarray]:
        """Cut a batch into parts, if its windows are long."""
        n_timesteps = self.shape.context_length + self.shape.horizon
        return parts_of_batch(np.full(len(numbers), n_timesteps))

    def prediction_batches(self) -> Iterator[tuple[np.ndarray, int]]:
        """Split all windows into large batches."""
        n_timesteps = self.shape.context_length + self.shape.horizon
        return prediction_batches(np.full(len(self.cutoffs), n_timesteps))

    def batch(self, numbers: np.ndarray, samples: Tensor | None = None) -> Batch:
        """Gather the windows of the given numbers."""
        history, target, rows, is_inside = self._gather(numbers)
        period = self.shape.periods[0]
        filled = fill_gaps(history, period)
        level, scale = self._level_and_scale(history, filled)
        anchors = self._anchors(history, filled, level)
        values = ((filled - level) / scale).clamp(-_LARGEST_INPUT, _LARGEST_INPUT)
        known, past = self._features_of(numbers, rows, is_inside)
        length = self.shape.context_length
        parts = [values[:, :, None], (~history.isnan())[:, :, None], past, known[:, :length]]
        inputs = (
            torch.cat([part.to(self.shape.dtype) for part in parts], dim=2),
            known[:, length:],
            self._static[torch.from_numpy(self.series[numbers])],
            anchors / scale[:, None],
            torch.cat([level, scale], dim=1),
        )
        y = ((target - level) / scale).clamp(-_LARGEST_TARGET, _LARGEST_TARGET)
        weight = None
        if self.weights is not None:
            weight = self._to_network(shares_of_loss(self.weights, rows[:, length:], target))
        return Batch(tuple(self._to_network(part) for part in inputs), self._to_network(y), weight)

    def levels_and_scales(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the levels and the scales of all windows, each of shape (n_windows,)."""
        levels, scales = np.empty(len(self.cutoffs)), np.empty(len(self.cutoffs))
        for samples, n_valid in self.prediction_batches():
            part = samples[:n_valid]
            history = self._gather(part)[0]
            filled = fill_gaps(history, self.shape.periods[0])
            level, scale = self._level_and_scale(history, filled)
            levels[part], scales[part] = level[:, 0].numpy(), scale[:, 0].numpy()
        return levels, scales

    def closed_phases(self) -> np.ndarray:
        """Return the places of the main season that are always 0, (n_windows, period)."""
        period = self.shape.periods[0]
        closed = np.zeros((len(self.cutoffs), period), dtype=bool)
        # Logarithms of 1 are no zeros.
        if self.shape.is_log or not (self.panel.values == 0).any():
            return closed
        for samples, n_valid in self.prediction_batches():
            part = samples[:n_valid]
            closed[part] = closed_phases(self._gather(part)[0].numpy(), period)
        return closed

    def contents(self, numbers: np.ndarray) -> WindowContents:
        """Return what windows of the given numbers hold, before it is normalised."""
        history, _, rows, is_inside = self._gather(numbers)
        filled = fill_gaps(history, self.shape.periods[0])
        level, scale = self._level_and_scale(history, filled)
        known, past = self._features_of(numbers, rows, is_inside)
        return WindowContents(
            history=history.numpy(),
            filled=filled.numpy(),
            level=level.numpy(),
            scale=scale.numpy(),
            known=known.numpy(),
            past=past.numpy(),
            static=self.features.static[self.series[numbers]],
        )

    def simple_forecasts(self) -> np.ndarray:
        """Return the distance of all anchors from the level, (n_windows, n_anchors, horizon)."""
        found: list[np.ndarray] = []
        for samples, n_valid in self.prediction_batches():
            history = self._gather(samples[:n_valid])[0]
            filled = fill_gaps(history, self.shape.periods[0])
            level, _ = self._level_and_scale(history, filled)
            found.append(self._anchors(history, filled, level).numpy())
        return np.concatenate(found)

    def _level_and_scale(self, history: Tensor, filled: Tensor) -> tuple[Tensor, Tensor]:
        if self.shape.is_count:
            return level_and_scale_of_counts(history)
        return level_and_scale(history, filled, self.shape.periods[0])

    def _anchors(self, history: Tensor, filled: Tensor, level: Tensor) -> Tensor:
        """Return the distance of the anchors from the level, (n_windows, n_anchors, horizon)."""
        shape = self.shape
        anchors = anchor_forecasts(filled, shape.horizon, shape.periods) - level[:, None]
        if shape.is_count:
            means = mean_anchors(history - level, shape.horizon, shape.periods[0])
            return torch.cat([anchors, means], dim=1)
        if not self.is_smoothed:
            return anchors
        simple = smoothed_median(
            history.numpy(),
            horizon=shape.horizon,
            period=shape.periods[0],
            is_log=shape.is_log,
            is_mean=shape.is_mean,
        )
        return torch.cat([anchors, (torch.from_numpy(simple) - level)[:, None]], dim=1)

    def targets(self) -> np.ndarray:
        """Return the values after each cutoff, shape (n_windows, horizon), NaN where missing."""
        targets = np.empty((len(self.cutoffs), self.shape.horizon))
        for samples, n_valid in self.prediction_batches():
            part = samples[:n_valid]
            targets[part] = self._gather(part)[1].numpy()
        return targets

    def _gather(self, numbers: np.ndarray) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return history and target, the row of each timestep, and whether the series has it."""
        shape = self.shape
        series = self.series[numbers]
        cutoffs = torch.from_numpy(self.cutoffs[numbers])[:, None]
        starts = torch.from_numpy(self.panel.starts[series])[:, None]
        stops = torch.from_numpy(self.panel.stops[series])[:, None]
        rows = cutoffs + self._steps
        is_inside = (rows >= starts) & (rows < stops)
        rows = torch.where(is_inside, rows, cutoffs)
        values = torch.where(is_inside, self._values[rows], torch.nan)
        history, target = values[:, : shape.context_length], values[:, shape.context_length :]
        if self.tail is not None:
            n_tail = min(self.tail.shape[1], shape.context_length)
            history[:, -n_tail:] = torch.from_numpy(self.tail[numbers, -n_tail:])
        is_outlier = are_outliers(history.exp() if shape.is_log else history)
        if is_outlier.any():
            history = torch.where(is_outlier, torch.nan, history)
        return history, target, rows, is_inside

    @property
    def _steps(self) -> Tensor:
        """Timesteps of history and target, counted from the cutoff."""
        n_tail = 0 if self.tail is None else self.tail.shape[1]
        shape = self.shape
        return torch.arange(n_tail + 1 - shape.context_length, n_tail + shape.horizon + 1)

    def _features_of(
        self, numbers: np.ndarray, rows: Tensor, is_inside: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return known features of all timesteps, and past features of the history."""
        shape = self.shape
        known = torch.where(is_inside[:, :, None], self._by_row[rows], 0.0)
        past = torch.where(is_inside[:, :, None], self._past[rows], 0.0)[:, : shape.context_length]
        if self._by_position.shape[1] or self._past_by_position.shape[1]:
            # Not from the rows: timesteps outside the series also have a place in time.
            series = self.series[numbers]
            shift = self.panel.first[series] - self.panel.starts[series]
            cutoffs = self.cutoffs[numbers] + shift - self.features.first_position
            steps = torch.from_numpy(cutoffs)[:, None] + self._steps
            n_positions = len(self._by_position)
            is_known = ((steps >= 0) & (steps < n_positions))[:, :, None]
            steps = steps.clamp(0, n_positions - 1)
            known = torch.cat([known, torch.where(is_known, self._by_position[steps], 0.0)], dim=2)
            shared = torch.where(is_known, self._past_by_position[steps], 0.0)
            past = torch.cat([past, shared[:, : shape.context_length]], dim=2)
        # A history with a tail reaches past the cutoff, and past features are unknown there.
        is_known_past = (self._steps <= 0)[: shape.context_length, None]
        return known, torch.where(is_known_past, past, 0.0)

    def _to_network(self, part: Tensor) -> Tensor:
        return part.to(dtype=self.shape.dtype).to(self.device)


@dataclass(frozen=True, eq=False)
class WindowSource:
    """A panel and its features, from which windows of one shape are gathered.

    Parameters
    ----------
    panel : Panel
        The series, transformed as the network reads them.
    features : PanelFeatures
        Features of the series.
    shape : WindowShape
        Shape of the windows.
    weights : ndarray of shape (n_steps_total,) or None, default=None
        Weights of the panel's values in the training loss; None weighs all alike.
    """

    panel: Panel
    features: PanelFeatures
    shape: WindowShape
    weights: np.ndarray | None = None

    def windows(
        self,
        cutoffs: np.ndarray,
        device: torch.device,
        per_epoch: int | None = None,
        *,
        is_smoothed: bool = True,
    ) -> Windows:
        """Return the windows of these cutoffs."""
        return Windows(
            *(self.panel, self.features, cutoffs, self.shape, device, per_epoch),
            is_smoothed=is_smoothed,
            weights=self.weights,
        )

    def weighty(self, cutoffs: np.ndarray) -> np.ndarray:
        """Return the cutoffs whose future has a weight above 0 somewhere."""
        if self.weights is None:
            return cutoffs
        return cutoffs[have_weight(self.panel, self.weights, cutoffs, self.shape.horizon)]
