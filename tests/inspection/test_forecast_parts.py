"""The display of the parts of forecasts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNForecaster
from skrnn.baselines import LastValue
from skrnn.datasets import load_air_passengers
from skrnn.inspection import ForecastDecompositionDisplay

pytestmark = pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")

TINY = {"hidden_size": 2, "max_epochs": 1, "batch_size": 1024, "validation_fraction": 0}
Y = load_air_passengers()


@pytest.fixture(scope="module")
def fitted():
    table = pd.DataFrame({"air": Y, "sea": 700 - Y})
    return RNNForecaster(3, **TINY, seasonal_period=12, random_state=0).fit(table)


def test_the_bars_of_a_timestep_reach_from_its_level_to_its_forecast(fitted):
    import matplotlib.pyplot as plt

    display = ForecastDecompositionDisplay.from_estimator(fitted, series=["sea"]).plot()
    parts = display.parts["sea"]
    expected = fitted.decompose().xs("sea", axis=1, level=1)
    np.testing.assert_array_equal(parts, expected)
    bars = display.bars_["sea"]
    assert list(bars) == list(parts.columns[1:])
    heights = np.array([[bar.get_height() for bar in bars[name]] for name in bars])
    level, forecast = (line.get_ydata() for line in display.lines_["sea"])
    np.testing.assert_allclose(level + heights.sum(axis=0), forecast)
    np.testing.assert_allclose(forecast, fitted.predict()["sea"])
    tops = np.array([[bar.get_y() + bar.get_height() for bar in bars[name]] for name in bars])
    is_up = heights > 0
    highest = np.where(is_up, tops, level).max(axis=0)
    np.testing.assert_allclose(highest - level, np.where(is_up, heights, 0).sum(axis=0))
    plt.close(display.figure_)


def test_all_series_one_timestep_and_given_axes_can_be_drawn(fitted):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2)
    display = ForecastDecompositionDisplay.from_estimator(fitted, horizon=1).plot(axes)
    assert display.figure_ is figure
    assert list(display.bars_) == ["air", "sea"]
    plt.close(figure)


def test_baselines_and_unknown_series_are_refused(fitted):
    with pytest.raises(TypeError, match="RNNForecaster"):
        ForecastDecompositionDisplay.from_estimator(LastValue(3).fit(Y))
    with pytest.raises(ValueError, match="rail"):
        ForecastDecompositionDisplay.from_estimator(fitted, series="rail")
