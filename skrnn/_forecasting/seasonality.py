"""The seasonal periods of a panel, and the seasonal naive forecast."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from skrnn._series.clock import DAY, WEEK, YEAR, Clock
from skrnn._series.panel import Panel
from skrnn._series.time_steps import OffsetSteps

__all__ = [
    "find_periods",
    "last_observed_row",
    "mean_skill",
    "seasonal_naive",
    "with_week",
]

# Common cycles of series without dates: hours of a day, days of a week, months of a year ...
_USUAL = (24, 7, 12, 4, 52, 48, 96, 168)
# A series counts if it has at least so many seasons; of many series so many are read.
_MIN_SEASONS = 2
_MAX_SERIES = 200
# A divisor of the best period is preferred if it explains this share of what that explains.
_NEARLY = 0.7
# A given period of at least this many timesteps may be a day, and seven of them a week.
_SHORTEST_DAY = 20
# A season must reduce the differences by this share, and by chance so large a reduction must occur
# in fewer than 5% of series without a season, over all candidate periods together ...
_MIN_GAIN = 0.05
_CHANCE = 0.05
# ... or by this share, which is enough even where there are too few seasons for a test.
_LARGE_GAIN = 0.35
# Of the steps that have a value a season before them, at least this share has values on both sides
# of that one; otherwise either side is compared by itself, as in a shop that is closed at night.
_BOTH_SIDES = 0.25
# Steps of a grid such as business hours on which the length of a day and a week is counted, and
# the share of days and weeks, the others being those with holidays, that must have it.
_STEPS_COUNTED = 500
_USUAL_CYCLES = 0.7
# A phase of the season is observed if it has this share of the values of the best observed phase.
_OBSERVED_PHASE = 0.5


def candidate_periods(clock: Clock) -> list[int]:
    """Return the seasonal periods that the distance of two timesteps suggests, shortest first."""
    if clock.kind == "integer":
        return sorted(_USUAL)
    if type(clock.freq).__name__ == "BusinessDay":
        return [5]
    step = clock.seconds_per_step
    if isinstance(clock.steps, OffsetSteps) and step < WEEK / 2:
        return _steps_of_opening_hours(clock)
    cycles = [DAY, WEEK] if step < DAY / 2 else [WEEK] if step <= DAY else [YEAR]
    if DAY < step < WEEK / 2:
        return []
    periods = [round(cycle / step) for cycle in cycles]
    return sorted({period for period in periods if period > 1})


def _steps_of_opening_hours(clock: Clock) -> list[int]:
    """Return the steps of a usual day and week on a grid such as business hours."""
    times: Any = clock.index(np.arange(_STEPS_COUNTED))
    days = times.tz_localize(None).to_numpy().astype("M8[D]").astype(np.int64)
    periods = set()
    for cycle in (days, (days + 3) // 7):  # weeks from Monday: day 0 was a Thursday
        n_steps = np.unique(cycle, return_counts=True)[1][1:-1]
        usual = int(np.bincount(n_steps).argmax()) if len(n_steps) else 1
        if usual > 1 and (n_steps == usual).mean() > _USUAL_CYCLES:
            periods.add(usual)
    return sorted(periods)


def find_periods(panel: Panel) -> tuple[int, ...]:
    """Find the seasonal periods of a panel, the main one first; ``(1,)`` if there is none.

    The candidates come from the clock. A period is kept if values a season apart differ less than
    values that are not a season apart.
    """
    candidates = candidate_periods(panel.clock)
    gains = {p: seasonal_gain(panel, p, n_tried=len(candidates)) for p in candidates}
    found = [period for period in candidates if gains[period].is_clear]
    if not found:
        return (1,)
    if panel.clock.kind != "integer":
        main = found[0]
        longer = [period for period in candidates if period > main]
    else:
        # Only the data can tell: the best period, or a divisor of it that is nearly as good.
        best = max(found, key=lambda period: gains[period].share)
        enough = _NEARLY * gains[best].share
        main = next(p for p in found if best % p == 0 and gains[p].share > enough)
        longer = [7 * main] if 7 * main in candidates else []
    return (main, *(p for p in longer if seasonal_gain(panel, p, offset=main).is_clear))


def with_week(panel: Panel, period: int) -> tuple[int, ...]:
    """Return a given period, and seven of them if it may be a day and the data shows the week."""
    if period < _SHORTEST_DAY or not seasonal_gain(panel, 7 * period, offset=period).is_clear:
        return (period,)
    return (period, 7 * period)


class SeasonalGain(NamedTuple):
    """The share by which a season reduces differences, and whether that is more than chance."""

    share: float
    is_clear: bool


def seasonal_gain(
    panel: Panel, period: int, *, offset: int | None = None, n_tried: int = 1
) -> SeasonalGain:
    """Compare values a season apart with values ``offset`` timesteps less or more apart.

    ``offset`` is half a season by default. If differences a season apart are smaller than those on
    both sides of it, neither a trend nor a random walk can be the reason. The gains of single
    seasons are tested against zero with Student's t, at a level shared by the ``n_tried`` periods.
    """
    step = 1 if offset is None else offset
    offset = max(1, period // 2) if offset is None else offset
    long_enough = np.flatnonzero(panel.lengths >= _MIN_SEASONS * period + offset)
    chosen = long_enough[:: -(-len(long_enough) // _MAX_SERIES) or 1]
    gains_of_series, gains_of_seasons = [], []
    for series in chosen:
        values = panel.values[panel.starts[series] : panel.stops[series]][-50 * period - offset :]
        gains = _gains(values, period, offset, step)
        if np.isfinite(gains).any(axis=1).all():
            gains_of_series.append(np.nanmean(gains, axis=1).mean())
            n_seasons = max(1, round(gains.shape[1] / period))
            parts = np.array_split(gains, n_seasons, axis=1)
            are_observed = [np.isfinite(part).any(axis=1).all() for part in parts]
            gains_of_seasons += [
                np.nanmean(part, axis=1).mean()
                for part, is_observed in zip(parts, are_observed, strict=True)
                if is_observed
            ]
    if not gains_of_series:
        return SeasonalGain(0.0, is_clear=False)
    share = float(np.mean(gains_of_series))
    is_clear = share > _LARGE_GAIN
    if _MIN_GAIN < share <= _LARGE_GAIN and len(gains_of_seasons) > 1:
        error = np.std(gains_of_seasons, ddof=1) / np.sqrt(len(gains_of_seasons))
        quantile = stats.t.ppf(1 - _CHANCE / n_tried, len(gains_of_seasons) - 1)
        is_clear = bool(share > quantile * error)
    return SeasonalGain(share, is_clear)


def _gains(values: np.ndarray, period: int, offset: int, step: int) -> np.ndarray:
    """Return how much closer each value is to that a season before than to those beside it.

    Returns
    -------
    ndarray of shape (1, n_steps) or (2, n_steps)
        In units of the mean difference beside the season, NaN where not observed. One row for both
        sides together, or one for each side if hardly any value has both.
    """
    season, closer, farther = _differences(values, period, offset)
    around = (closer + farther) / 2
    gain = (around - season)[None]
    n_both = np.count_nonzero(~np.isnan(gain))
    if n_both < _BOTH_SIDES * np.count_nonzero(~np.isnan(season)):
        offset = _offset_of_observed_phases(values, period, step)
        season, closer, farther = _differences(values, period, offset)
        gain = np.stack([closer - season, farther - season])
        around = np.stack([closer, farther])
    is_observed = ~np.isnan(gain)
    unit = around[is_observed[0] if len(gain) == 1 else is_observed]
    mean = unit.mean() if len(unit) else 0.0
    return gain / mean if mean > 0 else np.full(gain.shape, np.nan)


def _differences(values: np.ndarray, period: int, offset: int) -> tuple[np.ndarray, ...]:
    """Return differences a season apart, and ``offset`` steps less and more."""
    newest = values[period + offset :]

    def difference(lag: int) -> np.ndarray:
        first = period + offset - lag
        return np.abs(newest - values[first : first + len(newest)])

    return difference(period), difference(period - offset), difference(period + offset)


def _offset_of_observed_phases(values: np.ndarray, period: int, step: int) -> int:
    """Return the largest multiple of ``step`` up to half a season that connects observed phases.

    In a shop that opens from 9 to 17, four hours connect five of nine observed hours of the day
    with another one, and twelve hours connect none.
    """
    phases = np.arange(len(values)) % period
    n_values = np.bincount(phases, ~np.isnan(values), minlength=period)
    is_observed = n_values >= _OBSERVED_PHASE * n_values.max()
    spectrum = np.fft.rfft(is_observed)
    n_connected = np.round(np.fft.irfft(np.abs(spectrum) ** 2, period))
    offsets = np.arange(step, max(step, period // 2) + 1, step)
    connected = n_connected[offsets % period]
    is_enough = connected >= is_observed.sum() / 2
    return int(offsets[is_enough][-1] if is_enough.any() else offsets[np.argmax(connected)])


def seasonal_naive(
    panel: Panel, series: np.ndarray, cutoffs: np.ndarray, horizon: int, period: int
) -> np.ndarray:
    """Forecast each timestep by the latest value observed a whole number of seasons before it.

    Parameters
    ----------
    panel : Panel
        The histories.
    series, cutoffs : ndarray of int, shape (n_windows,)
        Number of each window's series, and the row of ``panel.values`` of its last known timestep.
    horizon : int
        Timesteps to forecast.
    period : int
        Timesteps of a season.

    Returns
    -------
    ndarray of shape (n_windows, horizon)
        The last observed value where the phase was never observed; NaN without any value.
    """
    first = panel.starts[series]
    phases = np.arange(min(period, horizon))
    forecast = np.full((len(series), len(phases)), np.nan)
    rows = cutoffs[:, None] + 1 - period + phases
    latest = _latest_value(panel, series, cutoffs)
    while True:
        is_open = np.isnan(forecast) & (rows >= first[:, None])
        if not is_open.any():
            break
        forecast = np.where(is_open, panel.values[np.maximum(rows, 0)], forecast)
        rows = rows - period
    forecast = np.where(np.isnan(forecast), latest[:, None], forecast)
    return forecast[:, np.arange(horizon) % period]


def _latest_value(panel: Panel, series: np.ndarray, cutoffs: np.ndarray) -> np.ndarray:
    row_of_latest = last_observed_row(panel.values)[cutoffs]
    is_inside = row_of_latest >= panel.starts[series]
    return np.where(is_inside, panel.values[np.maximum(row_of_latest, 0)], np.nan)


def last_observed_row(values: np.ndarray) -> np.ndarray:
    """Return for each row the latest row up to it that has a value; -1 if there is none."""
    rows = np.where(np.isnan(values), -1, np.arange(len(values)))
    return np.maximum.accumulate(rows)


def mean_skill(
    actual: np.ndarray,
    forecast: np.ndarray,
    naive: np.ndarray,
    series: np.ndarray,
    *,
    is_bounded: bool = False,
) -> float:
    """Return ``1 - MAE / MAE_naive`` averaged over the series; arrays of one shape.

    A series whose naive forecast is exact counts 1 if the forecast is also exact, else 0. With
    ``is_bounded`` a series whose naive forecast is better counts ``MAE_naive / MAE - 1``, so that
    one with hardly any naive error does not decide alone.
    """
    is_observed = ~np.isnan(actual)
    series = series[is_observed]
    error = np.bincount(series, np.abs(actual - forecast)[is_observed])
    naive_error = np.bincount(series, np.abs(actual - naive)[is_observed])
    is_scored = np.bincount(series) > 0
    error, naive_error = error[is_scored], naive_error[is_scored]
    exact = np.where(error == 0, 1.0, 0.0)
    skill = 1.0 - error / np.where(naive_error > 0, naive_error, 1.0)
    if is_bounded:
        skill = np.where(skill < 0, naive_error / np.where(error > 0, error, 1.0) - 1.0, skill)
    return float(np.where(naive_error > 0, skill, exact).mean())
