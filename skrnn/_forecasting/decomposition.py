"""The parts of a forecast: its level, the simple forecasts it mixes, and what networks add."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from skrnn._forecasting.bounds import NO_BOUNDS
from skrnn._forecasting.data import ForecastData
from skrnn._forecasting.fitted import FittedForecaster
from skrnn._forecasting.networks import WindowForecasts, WindowNetworks
from skrnn._forecasting.requests import ForecastRequest
from skrnn._forecasting.windows import Windows, WindowShape, WindowSource
from skrnn._training.arithmetic import fixed_arithmetic
from skrnn.modules.forecast_outputs import point_column

__all__ = ["decompose", "part_names"]


def part_names(fitted: FittedForecaster) -> list[str]:
    """Return the names of the parts, in their order; they depend on the fit alone."""
    bounds = [] if fitted.networks.bounds.are_none else ["bounds"]
    shape = fitted.networks.shape
    simple = "history_mean" if shape.is_count else "smoothing"
    return ["level", *_names_of_anchors(shape), simple, "network", *bounds]


def decompose(fitted: FittedForecaster, request: ForecastRequest, data: ForecastData) -> np.ndarray:
    """Return the parts of each requested forecast, shape (n_values, n_parts).

    Parameters
    ----------
    fitted : FittedForecaster
        Of trained networks.
    request : ForecastRequest
        The timesteps to forecast.
    data : ForecastData
        What they are forecast from.
    """
    names, means = part_names(fitted), fitted.means(data)
    # Steps without history have the mean of their series, and nothing else.
    without_history = np.zeros((len(means), len(names)))
    without_history[:, 0] = means
    if len(request.cutoffs) == 0:
        return without_history[request.series]
    request = fitted.near(request, data)
    forecasts = fitted.forecast(request, data)
    source, cutoffs = fitted.source_of(request, data)
    with fixed_arithmetic():
        levels, parts = _parts_of_windows(fitted.trained_networks, source, cutoffs, forecasts)
    return request.pick(_on_data_scale(levels, parts, forecasts, fitted), without_history)


def _names_of_anchors(shape: WindowShape) -> list[str]:
    """Return the names of the anchors that are mixed, as their functions order them."""
    names = ["last_value"]
    for period in shape.periods:
        if period > 1:
            names += [f"last_season_{period}", f"season_profile_{period}"]
    if shape.is_count:
        names += ["mean", f"season_mean_{shape.periods[0]}"][: 1 + (shape.periods[0] > 1)]
    return names


def _parts_of_windows(
    networks: WindowNetworks, source: WindowSource, cutoffs: np.ndarray, forecasts: WindowForecasts
) -> tuple[np.ndarray, np.ndarray]:
    """Return the level, and the distances from it that the anchors and smoothing bring.

    Both are on the scale of the transformed data: (n_windows, n_steps) and (n_windows, n_steps,
    n_anchors + 1). Past the horizon they are those of the history with the forecasts fed back.
    """
    shape = networks.shape
    n_windows, n_steps = forecasts.parameters.shape[:2]
    names = _names_of_anchors(shape)
    levels = np.full((n_windows, n_steps), np.nan)
    parts = np.full((n_windows, n_steps, len(names) + 1), np.nan)
    fed_back = forecasts.zero_where_closed(
        networks.values_fed_back(forecasts.parameters, forecasts.levels, forecasts.scales)
    )
    is_forecast = ~np.isnan(fed_back)
    for start in range(0, n_steps, shape.horizon):
        unfinished = np.flatnonzero(is_forecast[:, start])
        windows = Windows(
            *(source.panel, source.features, cutoffs[unfinished], shape),
            torch.device(networks.nets[0].device),
            tail=fed_back[unfinished, :start] if start else None,
        )
        steps = np.arange(start, min(start + shape.horizon, n_steps))
        n_kept = len(steps)
        anchors = windows.simple_forecasts().swapaxes(1, 2)[:, :n_kept]
        shares = networks.weight * _shares(networks, windows)[:, :n_kept]
        simple = (1 - networks.weight) * anchors[..., -1:]
        block = np.concatenate([shares * anchors[..., : len(names)], simple], axis=2)
        parts[unfinished[:, None], steps] = block
        levels[unfinished[:, None], steps] = windows.levels_and_scales()[0][:, None]
    return levels, parts


def _shares(networks: WindowNetworks, windows: Windows) -> np.ndarray:
    """Return the share of each anchor in the networks' mixture, (n_windows, horizon, n_anchors).

    Of several networks, those are taken whose forecast is the median, at each timestep.
    """
    shares = np.stack([net.outputs(windows, "mixture") for net in networks.nets]).astype(float)
    # In the precision of the networks they add up to 1 only nearly.
    shares /= shares.sum(axis=-1, keepdims=True)
    n_nets = len(shares)
    if n_nets == 1:
        return shares[0]
    column = 0 if networks.shape.is_count else point_column(networks.loss)
    points = np.stack([net.outputs(windows)[..., column] for net in networks.nets])
    order = np.argsort(points, axis=0, kind="stable")
    middle = order[(n_nets - 1) // 2 : n_nets // 2 + 1]  # two of an even number
    chosen: np.ndarray = np.take_along_axis(shares, middle[..., None], axis=0).mean(axis=0)
    return chosen


def _on_data_scale(
    levels: np.ndarray, parts: np.ndarray, forecasts: WindowForecasts, fitted: FittedForecaster
) -> np.ndarray:
    """Return all parts on the scale of y, those of the networks and of the bounds included."""
    networks = fitted.networks
    points = fitted.points(forecasts)
    unbounded = points
    if not networks.bounds.are_none:
        free = replace(fitted.trained_networks, bounds=NO_BOUNDS)
        unbounded = replace(fitted, networks=free).points(forecasts)
    if fitted.target_transform is not None:
        # The logarithmic mean shares a difference of values out as one of logarithms is.
        distance = np.log(unbounded) - levels
        is_near = np.abs(distance) < np.finfo(float).tiny
        ratio = np.expm1(distance) / np.where(is_near, 1.0, distance)
        levels = np.exp(levels)
        parts = parts * (levels * np.where(is_near, 1.0, ratio))[..., None]
    network = unbounded - levels - parts.sum(axis=-1)
    columns = [levels, *np.moveaxis(parts, -1, 0), network]
    if not networks.bounds.are_none:
        columns.append(points - unbounded)
    return forecasts.zero_where_closed(np.stack(columns, axis=-1))
