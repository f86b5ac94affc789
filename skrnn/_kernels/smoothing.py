"""Exponential smoothing of many histories by a grid of models, in one pass over each.

Every history is smoothed by all models at once. Each family of models then forecasts the mean of
its models, weighted by the errors that they have made so far.
"""

from __future__ import annotations

import numpy as np

from skrnn._kernels.product import compiled
from skrnn._kernels.threads import for_each

__all__ = ["N_FAMILIES", "smoothing_forecasts"]

# Theta lines (a level, and a share of the straight line through all values), and damped trends.
N_FAMILIES = 2

_LEVEL_GAINS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0)
_LINE_SHARES = (0.0, 0.5, 1.0)
_TREND_GAINS = (0.05, 0.2)
_DAMPINGS = (0.8, 0.9, 0.98)
_SEASON_GAINS = (0.03, 0.1, 0.25, 0.5)

# Rows of the table of models: family, gains of level, trend and season, damping, share of the line.
_FAMILY, _GAIN, _TREND_GAIN, _SEASON_GAIN, _DAMPING, _SHARE = range(6)
# Rows of the table of states: level, trend, sums of squared errors one step and several ahead, and
# the trend of several steps for a trend of 1, and the errors of a step.
_LEVEL, _TREND, _ERROR, _FAR_ERROR, _REACH, _RESIDUAL = range(6)
# Entries of a line: number of values, sums for the straight line of least squares through them, and
# the value from which others are counted, so that small differences of large numbers are kept.
_N_VALUES, _PLACES, _SQUARES, _SUM, _PRODUCTS, _ORIGIN = range(6)

# Values before a line, or an error, says anything.
_FEW = 3
# A damped trend starts from this many values.
_N_START = 5
# Histories that a thread smooths at a time.
_PIECE = 64
# Models with a smaller share than this of the largest weight are left out.
_SMALL = 1e-4


def _grid() -> np.ndarray:
    """Return a column for each model; those without a season come first."""
    columns = []
    for season in (0.0, *_SEASON_GAINS):
        for level in _LEVEL_GAINS:
            columns += [(0.0, level, 0.0, season, 1.0, share) for share in _LINE_SHARES]
            columns += [
                (1.0, level, trend, season, damping, 0.0)
                for trend in _TREND_GAINS
                for damping in _DAMPINGS
            ]
    return np.ascontiguousarray(np.array(columns).T)


_MODELS = _grid()
_N_PLAIN = int((_MODELS[_SEASON_GAIN] == 0).sum())


def smoothing_forecasts(
    histories: np.ndarray, *, period: int, horizon: int, least_range: float = 0.0
) -> np.ndarray:
    """Forecast what follows each history.

    Parameters
    ----------
    histories : ndarray of float64, shape (n_histories, n_timesteps)
        A history in each row; NaN where nothing was observed.
    period : int
        Timesteps of a season; 1 for none.
    horizon : int
        Timesteps to forecast.
    least_range : float, default=0
        How far the smallest and the largest value of a history must be apart.

    Returns
    -------
    ndarray of float64, shape (n_histories, N_FAMILIES, horizon)
        NaN where a history has no value, or only values that are closer together than
        ``least_range``.

    References
    ----------
    Hyndman et al. (2008), "Forecasting with Exponential Smoothing", Springer.
    Assimakopoulos and Nikolopoulos (2000), "The Theta Model: A Decomposition Approach to
    Forecasting", International Journal of Forecasting 16(4).
    """
    forecasts = np.full((len(histories), N_FAMILIES, horizon), np.nan)
    models = _MODELS if period > 1 else np.ascontiguousarray(_MODELS[:, :_N_PLAIN])

    def smooth(first: int) -> None:
        part = slice(first, first + _PIECE)
        _smooth(histories[part], models, _N_PLAIN, period, least_range, forecasts[part])

    for_each(smooth, range(0, len(histories), _PIECE), histories.size * models.size)
    return forecasts


@compiled
def _smooth(
    histories: np.ndarray,
    models: np.ndarray,
    n_plain: int,
    period: int,
    least_range: float,
    forecasts: np.ndarray,
) -> None:
    reach = np.zeros(models.shape[1])
    for k in range(len(reach)):
        power = 1.0
        for _ in range(forecasts.shape[2]):
            power *= models[_DAMPING, k]
            reach[k] += power
    for row in range(len(histories)):
        # Nothing was observed before the first value.
        first, lowest, highest = -1, np.inf, -np.inf
        for t in range(histories.shape[1]):
            value = histories[row, t]
            if not np.isnan(value):
                first = t if first < 0 else first
                lowest, highest = min(lowest, value), max(highest, value)
        if first >= 0 and highest - lowest >= least_range:
            _smooth_one(histories[row, first:], models, n_plain, period, reach, forecasts[row])


@compiled
def _smooth_one(
    values: np.ndarray,
    models: np.ndarray,
    n_plain: int,
    period: int,
    reach: np.ndarray,
    forecasts: np.ndarray,
) -> None:
    """Smooth one history; the models without a season first, the others from two seasons on."""
    n_models, n_ahead = models.shape[1], forecasts.shape[1]
    states, season = np.zeros((6, n_models)), np.zeros((period, n_models))
    ahead = np.zeros((n_ahead, n_models))
    lines, counts = np.zeros((2, 6)), np.zeros((2, 2))
    weights = np.zeros(n_models)
    states[_REACH] = reach
    states[_LEVEL, :n_plain] = values[0]
    lines[:, _ORIGIN] = values[0]
    _add(lines[0], 0.0, values[0])
    n_seen, n_active = 1, n_plain
    for t in range(1, len(values)):
        value = values[t]
        step = (value, t, models, 0, n_plain, states, season, ahead)
        _step(step, lines[0], counts[0], n_seen >= _FEW, t >= n_ahead + _FEW)
        if not np.isnan(value):
            n_seen += 1
            if n_seen == _N_START:
                _start_trends(values[: t + 1], models, n_plain, states)
        if n_models == n_plain:
            continue
        if t == 2 * period - 1:
            n_active = n_models
            start = (values[: t + 1], models, n_plain, period, states, season, ahead)
            _start_seasons(start, lines[1], counts[1])
        elif t >= 2 * period:
            step = (value, t, models, n_plain, n_models, states, season, ahead)
            _step(step, lines[1], counts[1], True, t >= n_ahead + period)
    _weigh(models, n_plain, n_active, states, counts, weights)
    _forecast(len(values) - 1, models, n_plain, n_active, states, season, lines, weights, forecasts)


@compiled
def _add(line: np.ndarray, place: float, value: float) -> None:
    value -= line[_ORIGIN]
    line[_N_VALUES] += 1.0
    line[_PLACES] += place
    line[_SQUARES] += place * place
    line[_SUM] += value
    line[_PRODUCTS] += place * value


@compiled
def _slope(line: np.ndarray) -> float:
    if line[_N_VALUES] <= _FEW:
        return 0.0
    spread = line[_N_VALUES] * line[_SQUARES] - line[_PLACES] * line[_PLACES]
    return (line[_N_VALUES] * line[_PRODUCTS] - line[_PLACES] * line[_SUM]) / spread


@compiled
def _step(
    step: tuple,
    line: np.ndarray,
    counts: np.ndarray,
    is_scored: bool,
    is_far_scored: bool,
) -> None:
    """Move some models by one timestep.

    ``step`` holds the value, its place in the series, the models, the first and the last but one of
    them that move, and their states, seasons and forecasts of ``len(ahead)`` steps ahead.
    """
    value, place, models, first, stop, states, season, ahead = step
    level, trend = states[_LEVEL, first:stop], states[_TREND, first:stop]
    own, far = season[place % len(season), first:stop], ahead[place % len(ahead), first:stop]
    damping, share = models[_DAMPING, first:stop], models[_SHARE, first:stop]
    slope = _slope(line)
    # One step ahead; few arrays at a time are computed in wide registers.
    _grow(level, trend, damping, share, slope)
    if not np.isnan(value):
        gain = models[_GAIN, first:stop]
        residual = states[_RESIDUAL, first:stop]
        for k in range(len(residual)):
            residual[k] = value - level[k] - own[k]
        counted, far_counted = 1.0 if is_scored else 0.0, 1.0 if is_far_scored else 0.0
        counts[0] += counted
        counts[1] += far_counted
        _add_squares(residual, counted, states[_ERROR, first:stop])
        _add_misses(value, far, own, far_counted, states[_FAR_ERROR, first:stop])
        smallest = 1.0 / (place + 2.0)
        _correct(level, residual, gain, smallest)
        _turn(trend, residual, gain, models[_TREND_GAIN, first:stop], smallest)
        mean = 0.0
        if models[_SEASON_GAIN, stop - 1] > 0:
            mean = _mean(own)
            _turn_season(own, residual, gain, models[_SEASON_GAIN, first:stop], smallest)
        _add(line, float(place), value - mean)
        slope = _slope(line)
    _look_ahead(far, level, share, slope * len(ahead))
    _add_products(far, states[_REACH, first:stop], trend)


@compiled
def _grow(
    level: np.ndarray, trend: np.ndarray, damping: np.ndarray, share: np.ndarray, slope: float
) -> None:
    for k in range(len(level)):
        trend[k] *= damping[k]
        level[k] += share[k] * slope + trend[k]


@compiled
def _add_squares(residual: np.ndarray, counted: float, error: np.ndarray) -> None:
    for k in range(len(error)):
        error[k] += counted * residual[k] * residual[k]


@compiled
def _add_misses(
    value: float, far: np.ndarray, own: np.ndarray, counted: float, error: np.ndarray
) -> None:
    for k in range(len(error)):
        miss = value - far[k] - own[k]
        error[k] += counted * miss * miss


@compiled
def _correct(level: np.ndarray, residual: np.ndarray, gain: np.ndarray, smallest: float) -> None:
    for k in range(len(level)):
        level[k] += max(gain[k], smallest) * residual[k]


@compiled
def _turn(
    trend: np.ndarray,
    residual: np.ndarray,
    gain: np.ndarray,
    trend_gain: np.ndarray,
    smallest: float,
) -> None:
    for k in range(len(trend)):
        trend[k] += max(gain[k], smallest) * trend_gain[k] * residual[k]


@compiled
def _turn_season(
    own: np.ndarray,
    residual: np.ndarray,
    gain: np.ndarray,
    season_gain: np.ndarray,
    smallest: float,
) -> None:
    for k in range(len(own)):
        own[k] += season_gain[k] * (1.0 - max(gain[k], smallest)) * residual[k]


@compiled
def _mean(values: np.ndarray) -> float:
    """Return the mean, from four sums that do not wait for each other."""
    first, second, third, fourth = 0.0, 0.0, 0.0, 0.0
    n_whole = len(values) // 4 * 4
    for k in range(0, n_whole, 4):
        first += values[k]
        second += values[k + 1]
        third += values[k + 2]
        fourth += values[k + 3]
    for k in range(n_whole, len(values)):
        first += values[k]
    return (first + second + third + fourth) / len(values)


@compiled
def _look_ahead(far: np.ndarray, level: np.ndarray, share: np.ndarray, rise: float) -> None:
    for k in range(len(far)):
        far[k] = level[k] + share[k] * rise


@compiled
def _add_products(far: np.ndarray, reach: np.ndarray, trend: np.ndarray) -> None:
    for k in range(len(far)):
        far[k] += reach[k] * trend[k]


@compiled
def _start_trends(values: np.ndarray, models: np.ndarray, n_plain: int, states: np.ndarray) -> None:
    """Let damped trends go through the first values again, from the slope between their ends."""
    slope = (values[-1] - values[0]) / (len(values) - 1)
    for k in range(n_plain):
        if models[_FAMILY, k] == 0:
            continue
        level, trend = values[0] - slope, slope
        for t in range(len(values)):
            trend *= models[_DAMPING, k]
            level += trend
            if not np.isnan(values[t]):
                gain = max(models[_GAIN, k], 1.0 / (t + 2.0))
                residual = values[t] - level
                level += gain * residual
                trend += gain * models[_TREND_GAIN, k] * residual
        states[_LEVEL, k], states[_TREND, k] = level, trend


@compiled
def _start_seasons(start: tuple, line: np.ndarray, counts: np.ndarray) -> None:
    """Start from the profile of the first two seasons, and go through them.

    ``start`` holds the values of these seasons, the models, the number of those without a season,
    the period, and the states, seasons and forecasts ahead.
    """
    values, models, n_plain, period, states, season, ahead = start
    means = np.zeros(2)
    for i in range(2):
        means[i] = np.nanmean(values[i * period : (i + 1) * period])
    # a season without a value is like the other
    means[0] = means[1] if np.isnan(means[0]) else means[0]
    means[1] = means[0] if np.isnan(means[1]) else means[1]
    slope = (means[1] - means[0]) / period
    for j in range(period):
        total, number = 0.0, 0
        for i in range(2):
            value = values[i * period + j]
            if not np.isnan(value):
                total += value - means[i] - slope * (j - (period - 1) / 2)
                number += 1
        season[j, n_plain:] = total / max(number, 1)
    for k in range(n_plain, models.shape[1]):
        states[_LEVEL, k] = means[0] - slope * (period + 1) / 2
        states[_TREND, k] = slope if models[_FAMILY, k] > 0 else 0.0
    for t in range(len(values)):
        step = (values[t], t, models, n_plain, models.shape[1], states, season, ahead)
        _step(step, line, counts, t >= period, t >= len(ahead) + period)


@compiled
def _weigh(
    models: np.ndarray,
    n_plain: int,
    n_active: int,
    states: np.ndarray,
    counts: np.ndarray,
    weights: np.ndarray,
) -> None:
    """Set the weights of the models, which add up to 1 in each family.

    They are the inverses of the mean squared errors, one step and several ahead, to the power of 4.
    """
    knows_far = counts[0, 1] >= _FEW and (n_active == n_plain or counts[1, 1] >= _FEW)
    for family in range(N_FAMILIES):
        best, best_far = np.inf, np.inf
        for k in range(n_active):
            group = int(k >= n_plain)
            if models[_FAMILY, k] == family:
                best = min(best, states[_ERROR, k] / max(counts[group, 0], 1.0))
                best_far = min(best_far, states[_FAR_ERROR, k] / max(counts[group, 1], 1.0))
        largest = 0.0
        for k in range(n_active):
            if models[_FAMILY, k] != family:
                continue
            group = int(k >= n_plain)
            error = states[_ERROR, k] / max(counts[group, 0], 1.0)
            far = states[_FAR_ERROR, k] / max(counts[group, 1], 1.0)
            weight = 1.0 if error == best else best / error
            if knows_far and far > best_far:
                weight *= max(best_far / far, _SMALL)
            weight *= weight
            weights[k] = weight * weight
            largest = max(largest, weights[k])
        total = 0.0
        for k in range(n_active):
            if models[_FAMILY, k] == family:
                weights[k] = weights[k] if weights[k] >= _SMALL * largest else 0.0
                total += weights[k]
        for k in range(n_active):
            if models[_FAMILY, k] == family:
                weights[k] /= total


@compiled
def _forecast(
    place: int,
    models: np.ndarray,
    n_plain: int,
    n_active: int,
    states: np.ndarray,
    season: np.ndarray,
    lines: np.ndarray,
    weights: np.ndarray,
    forecasts: np.ndarray,
) -> None:
    origin = lines[0, _ORIGIN]
    forecasts[:] = origin
    slopes = (_slope(lines[0]), _slope(lines[1]))
    for k in range(n_active):
        if weights[k] == 0.0:
            continue
        own = forecasts[int(models[_FAMILY, k])]
        slope = models[_SHARE, k] * slopes[int(k >= n_plain)]
        center, trend = states[_LEVEL, k] - origin, states[_TREND, k]
        phase = place % len(season)
        for step in range(len(own)):
            trend *= models[_DAMPING, k]
            center += slope + trend
            phase = phase + 1 if phase + 1 < len(season) else 0
            own[step] += weights[k] * (center + season[phase, k])
