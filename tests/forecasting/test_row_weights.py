"""``sample_weight`` multiplies the training loss of each timestep that is forecast."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse
from sklearn import config_context
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn._forecasting.loss_weights import have_weight, shares_of_loss
from skrnn._forecasting.row_weights import read_row_weights
from skrnn._series.panel import read_panel
from skrnn.modules.forecast_outputs import FORECAST_LOSSES, ForecastLoss, n_parameters
from tests.forecasting.series import features_of, stacked, tiny, walk, weights_of

pytestmark = pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")

Y = walk(60)
TABLE = pd.DataFrame({"a": walk(50, 1), "b": walk(50, 2)})
PANEL = stacked({"a": walk(50, 1), "b": walk(40, 2)})
ALONE = {"validation_fraction": 0}


def weights_after(y, sample_weight=None, X=None, **params) -> np.ndarray:
    arguments = (y,) if X is None else (X, y)
    return weights_of(tiny(**params).fit(*arguments, sample_weight=sample_weight))


def refused(sample_weight, y=Y) -> str:
    with pytest.raises(ValueError, match=r"^sample_weight: ") as caught:
        tiny(**ALONE).fit(y, sample_weight=sample_weight)
    return str(caught.value)


# -- what the weights are ------------------------------------------------------------------


def test_weights_lie_on_the_steps_of_their_series_with_mean_1_over_those_above_0():
    # Series a has rows 0, 1, 3 (2 is missing) and b rows 1, 2: the order of rows is that of y.
    y = pd.Series(
        [1.0, 5.0, 2.0, 6.0, 4.0],
        pd.MultiIndex.from_tuples([("a", 0), ("b", 1), ("a", 1), ("b", 2), ("a", 3)]),
    ).sort_index()
    weight = pd.Series([1.0, 2.0, 3.0, 0.0, 2.0], y.index)
    laid = read_row_weights(weight, None, y, read_panel(y))
    np.testing.assert_allclose(laid, np.array([1.0, 2.0, 0.0, 3.0, 0.0, 2.0]) / 2.0)


def test_a_table_takes_a_weight_for_each_row_or_for_each_value():
    y = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, np.nan]})
    panel = read_panel(y)
    by_row = read_row_weights([1.0, 0.0, 3.0], None, y, panel)
    # Observed: a has 1, 0, 3 and b has 1, 0; the mean of 1, 3, 1 is 5 / 3.
    np.testing.assert_allclose(by_row, np.array([1.0, 0.0, 3.0, 1.0, 0.0, 3.0]) / (5 / 3))
    table = pd.DataFrame({"a": [1.0, 1.0, 1.0], "b": [3.0, 4.0, 9.0]})
    by_value = read_row_weights(table, None, y, panel)
    np.testing.assert_allclose(by_value, np.array([1.0, 1.0, 1.0, 3.0, 4.0, 9.0]) / 2.0)


def test_a_window_counts_if_its_future_within_the_series_has_an_observed_weight():
    y = pd.DataFrame({"a": [1.0, 2.0, np.nan, 4.0], "b": [1.0, 2.0, 3.0, 4.0]})
    weights = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0])
    # The missing value at row 2 has no say, and row 4 is the start of the other series.
    got = have_weight(read_panel(y), weights, np.array([0, 1, 2, 4, 5, 6]), 2)
    assert got.tolist() == [False, False, False, False, True, True]


@pytest.mark.parametrize("loss", FORECAST_LOSSES)
def test_the_loss_of_a_window_is_the_weighted_mean_over_its_observed_timesteps(loss):
    generator = torch.Generator().manual_seed(0)
    # Distributions have positive parameters, of counts also level and scale.
    n_numbers = n_parameters(loss) + 2 * (loss == "negative_binomial")
    output = torch.rand(2, 3, n_numbers, generator=generator) + 0.5
    target = torch.tensor([[1.0, torch.nan, 2.0], [0.5, 1.0, 3.0]])
    criterion = ForecastLoss(loss)
    rows = torch.tensor([[0, 1, 2], [1, 2, 3]])
    ones = shares_of_loss(np.ones(4), rows, target)
    losses = criterion.of_timesteps(output, target)
    torch.testing.assert_close((losses * ones.float()).sum(1), criterion(output, target))
    shares = shares_of_loss(np.array([4.0, 0.0, 2.0, 1.0]), rows, target)
    expected = torch.tensor([[2.0, 0.0, 1.0], [0.0, 2 / 3, 1 / 3]], dtype=torch.float64)
    torch.testing.assert_close(shares, expected)


# -- what they do ---------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [3.0, [0.5] * 60, pd.Series(1.0, Y.index)])
def test_equal_weights_give_the_same_bits_as_none(weight):
    settings = {"validation_fraction": 0.2}
    assert np.array_equal(weights_after(Y, weight, **settings), weights_after(Y, **settings))


def test_only_the_proportions_of_weights_matter():
    weight = np.linspace(1, 4, 60)
    got = weights_after(Y, weight)
    assert np.array_equal(got, weights_after(Y, 8 * weight))
    assert not np.array_equal(got, weights_after(Y))


def test_nothing_is_learned_about_a_series_of_weight_0():
    weight = PANEL.index.get_level_values(0).map({"a": 1.0, "b": 0.0})
    settings = {"calendar": None, "seasonal_period": 1, "context_length": 8, **ALONE}
    got = weights_after(PANEL, weight, **settings)
    other = PANEL.copy()
    other.loc["b"] = PANEL.loc["b"].to_numpy()[::-1] * 3 + 100
    assert np.array_equal(got, weights_after(other, weight, **settings))
    assert not np.array_equal(got, weights_after(PANEL, **settings))


def test_last_values_of_weight_0_are_never_learned_and_still_read_as_history():
    settings = {"calendar": None, "seasonal_period": 1, "context_length": 8, **ALONE}
    weight = np.r_[np.ones(52), np.zeros(8)]
    changed = Y.copy()
    changed.iloc[52:] += 1.5
    one, other = (tiny(**settings).fit(y, sample_weight=weight) for y in (Y, changed))
    assert np.array_equal(weights_of(one), weights_of(other))
    assert not np.array_equal(one.predict(), other.predict())


def test_what_counts_more_is_followed_better():
    # The cycle of the last 80 timesteps runs the other way round.
    cycle = np.tile([0.0, 1.0, 3.0, 2.0, -1.0], 40)
    y = pd.Series(np.r_[cycle[:120], cycle[119:39:-1]])
    settings = {"seasonal_period": 1, "max_epochs": 8, "learning_rate": 0.01, **ALONE}
    y_true = cycle[39:34:-1]

    def errors(recent):
        weight = np.where(np.arange(200) < 120, 1.0, recent)
        fitted = [
            tiny(horizon=5, context_length=3, **settings | {"random_state": seed})
            for seed in range(3)
        ]
        forecasts = [one.fit(y, sample_weight=weight).predict() for one in fitted]
        return np.array([np.abs(forecast - y_true).mean() for forecast in forecasts])

    followed, left = errors(20.0), errors(0.05)
    assert (followed < left).all()


def test_held_out_windows_remain_where_they_have_no_weight():
    forecaster = tiny(early_stopping=True, validation_fraction=0.2)
    forecaster.fit(Y, sample_weight=np.r_[np.ones(40), np.zeros(20)])
    assert np.isfinite(forecaster.skill_)
    assert forecaster.predict_interval().notna().all(axis=None)


def test_nothing_is_held_out_if_only_the_held_out_end_has_a_weight():
    forecaster = tiny(validation_fraction=0.2)
    forecaster.fit(Y, sample_weight=np.r_[np.zeros(57), np.ones(3)])
    assert np.isnan(forecaster.skill_)


@pytest.mark.parametrize("loss", FORECAST_LOSSES)
def test_every_loss_takes_weights(loss):
    y = (Y - Y.min()).round() + 1
    got = weights_after(y, np.linspace(0, 2, 60), loss=loss, **ALONE)
    assert np.isfinite(got).all()


def test_a_fit_that_goes_on_takes_new_weights():
    once, again = (tiny(warm_start=True, **ALONE).fit(Y) for _ in range(2))
    once.fit(Y)
    again.fit(Y, sample_weight=np.linspace(0, 1, 60))
    assert not np.array_equal(weights_of(once), weights_of(again))


# -- what is passed ---------------------------------------------------------------------------


def test_weights_in_any_container_are_read_alike_and_stay_as_they_are():
    weight = np.linspace(1, 2, 60)
    expected = weights_after(Y, weight, **ALONE)
    series = pd.Series(weight, Y.index)
    for given in (weight.tolist(), series, pd.Index(weight), pd.Series(weight)):
        assert np.array_equal(weights_after(Y, given, **ALONE), expected)
    assert np.array_equal(series, weight)
    assert np.array_equal(weight, np.linspace(1, 2, 60))


def test_a_table_of_weights_for_a_table_of_series_leaves_one_series_out():
    by_value = pd.DataFrame({"a": 1.0, "b": 0.0}, TABLE.index)
    assert not np.array_equal(weights_after(TABLE, by_value), weights_after(TABLE))
    assert np.array_equal(weights_after(TABLE, by_value), weights_after(TABLE, by_value.to_numpy()))


@pytest.mark.parametrize(
    ("weight", "part"),
    [
        (np.full(60, -1.0), "negative weight -1.0"),
        (np.r_[np.nan, np.ones(59)], "NaN"),
        (np.zeros(60), "only zeros"),
        (np.ones(59), "59 weights for 60 samples"),
        (np.ones((60, 2)), r"shape (60, 2), while y has shape (60,)"),
        (np.r_[np.ones(3), np.zeros(57)], "only for values that no window forecasts"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(weight, part):
    assert part in refused(weight)


def test_rows_in_another_order_are_refused_with_code_that_runs():
    sample_weight, y = pd.Series(np.linspace(1, 2, 60), Y.index)[::-1], Y
    message = refused(sample_weight)
    remedy = re.search(r"Pass (.*)\.$", message)[1]
    assert remedy == "sample_weight.loc[y.index]"
    assert np.isfinite(weights_after(y, eval(remedy), **ALONE)).all()


def test_rows_of_other_times_or_of_another_kind_are_refused():
    shifted = pd.Series(1.0, Y.index.shift(1))
    assert "set_axis(y.index)" in refused(shifted)
    assert "set_axis(y.index)" in refused(pd.Series(1.0, Y.index), y=PANEL.iloc[:60])


def test_columns_in_another_order_are_refused():
    by_value = pd.DataFrame({"b": 1.0, "a": 0.0}, TABLE.index)
    assert "Pass sample_weight[y.columns]." in refused(by_value, TABLE)
    other = by_value.set_axis(["x", "y"], axis=1)
    assert "set_axis(y.columns, axis=1)" in refused(other, TABLE)


def test_weights_for_missing_values_alone_are_refused():
    y = Y.copy()
    y.iloc[5] = np.nan
    assert "every observed value" in refused(np.where(np.arange(60) == 5, 1.0, 0.0), y)


# -- routing ----------------------------------------------------------------------------------


def test_pipelines_and_searches_route_weights():
    X = features_of(Y.index)
    weight = pd.Series(np.linspace(0, 1, 60), Y.index)
    scaler = StandardScaler().set_output(transform="pandas")
    with config_context(enable_metadata_routing=True):
        forecaster = tiny(**ALONE).set_fit_request(sample_weight=True)
        scaler.set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, forecaster).fit(X, Y, sample_weight=weight)
        expected = weights_after(Y, weight, scaler.transform(X), **ALONE)
        assert np.array_equal(weights_of(pipeline[-1]), expected)
        search = GridSearchCV(forecaster, {"hidden_size": [2]}, cv=TimeSeriesSplit(2, test_size=2))
        best = search.fit(X, Y, sample_weight=weight).best_estimator_
        expected = weights_after(Y, weight, X, hidden_size=2, **ALONE)
        assert np.array_equal(weights_of(best), expected)


def test_lists_of_different_lengths_and_sparse_weights_are_refused_by_name():
    for weight in ([[1.0], [1.0, 2.0]], sparse.csr_matrix(np.ones((60, 1)))):
        with pytest.raises((TypeError, ValueError), match=r"^sample_weight: got "):
            tiny(**ALONE).fit(Y, sample_weight=weight)
