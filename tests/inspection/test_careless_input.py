"""Displays read every container, keep its names, and say in words what they cannot draw."""

from __future__ import annotations

import io

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
import xarray as xr

from skrnn import RNNClassifier, RNNForecaster
from skrnn.inspection import (
    BacktestDisplay,
    ForecastDisplay,
    IntegratedGradientsDisplay,
    PermutationImportanceDisplay,
    RecurrentStatesDisplay,
    TrainingHistoryDisplay,
    attention_weights,
    integrated_gradients,
    permutation_importance,
    recurrent_states,
)

TINY = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
X = np.random.default_rng(0).normal(size=(4, 5, 2))
Y = [0, 1, 0, 1]
NAMES = ["warmth", "wind"]
FRAMES = [pd.DataFrame(x, columns=NAMES) for x in X]
SERIES = pd.Series(np.sin(np.arange(30.0)), pd.date_range("2024", periods=30), name="sales")


def named(values, dims):
    return xr.DataArray(values, dims=dims, coords={"feature": NAMES})


ONE = {
    "pandas": FRAMES[0],
    "with times": FRAMES[0].set_index(pd.date_range("2024", periods=5)),
    "polars": pl.DataFrame(FRAMES[0]),
    "Arrow": pa.Table.from_pandas(FRAMES[0]),
    "xarray": named(X[0], ("time", "feature")),
    "xarray, features first": named(X[0].T, ("feature", "time")),
}
ALL = {
    "pandas": FRAMES,
    "polars": [pl.DataFrame(x) for x in FRAMES],
    "Arrow": [pa.Table.from_pandas(x) for x in FRAMES],
    "xarray": named(X, ("sample", "time", "feature")),
}


@pytest.fixture(scope="module")
def classifier():
    return RNNClassifier(pooling="attention", **TINY).fit(FRAMES, Y)


@pytest.fixture(scope="module")
def backtest():
    y = pd.DataFrame({"north": SERIES, "south": SERIES + 1})
    forecaster = RNNForecaster(
        2, context_length=4, seasonal_period=1, validation_fraction=0, **TINY
    )
    return forecaster.backtest(y, n_windows=2)


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.mark.parametrize("x", ONE.values(), ids=ONE)
def test_one_sample_of_every_container_gives_the_same_and_keeps_its_names(classifier, x):
    display = IntegratedGradientsDisplay.from_estimator(classifier, x).plot()
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == NAMES
    for look in (recurrent_states, attention_weights):
        pd.testing.assert_frame_equal(look(classifier, x), look(classifier, FRAMES[0]))
    got, expected = (integrated_gradients(classifier, one) for one in (x, FRAMES[0]))
    pd.testing.assert_frame_equal(got.attributions, expected.attributions)


@pytest.mark.parametrize("samples", ALL.values(), ids=ALL)
def test_importances_of_every_container_are_the_same_and_keep_their_names(classifier, samples):
    options = {"n_repeats": 2, "random_state": 0}
    display = PermutationImportanceDisplay.from_estimator(classifier, samples, Y, **options).plot()
    assert {text.get_text() for text in display.ax_.get_yticklabels()} == set(NAMES)
    got = permutation_importance(classifier, samples, Y, **options)
    expected = permutation_importance(classifier, FRAMES, Y, **options)
    np.testing.assert_array_equal(got.importances, expected.importances)


@pytest.mark.parametrize(
    "x, words",
    [
        (FRAMES[:2], r"x: got list of length 2.*Of several samples pass one, x\[0\]"),
        (X, r"x: got ndarray.*Of several samples pass one, x\[0\]"),
        (torch.tensor(X), r"x: got ndarray.*Of several samples pass one, x\[0\]"),
        (FRAMES[0].to_dict("list"), r"x: got dict.*pass pd\.DataFrame\(x\)"),
        (None, r"x: got NoneType.*Pass one array"),
        (3, r"x: got int.*Pass one array"),
        (FRAMES[0][NAMES[::-1]], r"x: The feature names.*x\[list\(estimator.feature_names_in_\)\]"),
        (FRAMES[0].replace(FRAMES[0].iloc[1, 1], np.inf), r"infinity.*np\.where\(np\.isfinite"),
    ],
    ids=["list", "array", "tensor", "dict", "None", "int", "order", "infinity"],
)
@pytest.mark.parametrize("display", [IntegratedGradientsDisplay, RecurrentStatesDisplay])
@pytest.mark.filterwarnings("ignore:x does not have valid feature names")
def test_what_is_no_sample_is_refused_with_code_that_runs(classifier, display, x, words):
    with pytest.raises(ValueError, match=f"(?s){words}") as error:
        display.from_estimator(classifier, x)
    codes = ("x[0]", "pd.DataFrame(x)", "x[list(estimator.feature_names_in_)]")
    code = next((code for code in codes if code in str(error.value)), None)
    if "infinity" in words:
        code = "np.where(np.isfinite(np.asarray(x, float)), x, np.nan)"
        assert code in str(error.value)
    if code is not None:
        one = eval(code, {"x": x, "pd": pd, "np": np, "estimator": classifier})
        assert display.from_estimator(classifier, one)


def test_tables_of_other_libraries_are_read(backtest):
    expected = BacktestDisplay.from_frame(backtest)
    shuffled = backtest.sample(frac=1, random_state=0)
    for frame in (pl.DataFrame(backtest), pa.Table.from_pandas(backtest), shuffled):
        display = BacktestDisplay.from_frame(frame)
        assert list(display.y_true) == ["north", "south"] or frame is shuffled
        for label, forecasts in expected.forecasts.items():
            for got, other in zip(
                display.forecasts[label].values(), forecasts.values(), strict=True
            ):
                np.testing.assert_array_equal(got, other)


def test_a_table_from_a_file_of_text_is_refused_until_its_columns_are_converted(backtest):
    file = io.StringIO(backtest.to_csv(index=False))
    frame = pd.read_csv(file)
    with pytest.raises(ValueError, match=r"frame: got the dtype .* column 'cutoff'") as error:
        BacktestDisplay.from_frame(frame)
    code = str(error.value).split("Convert it, ")[1].rstrip(".")
    frame = eval(code, {"frame": frame, "pd": pd})
    with pytest.raises(ValueError, match="in the column 'prediction'") as error:
        BacktestDisplay.from_frame(frame.astype({"prediction": str}))
    code = str(error.value).split("Convert it, ")[1].rstrip(".")
    display = BacktestDisplay.from_frame(eval(code, {"frame": frame.astype({"prediction": str})}))
    assert isinstance(display.y_true["north"].index, pd.DatetimeIndex)


@pytest.mark.parametrize("frame", [None, {"y": [1.0]}, np.ones((2, 5)), [1.0]], ids=repr)
def test_what_is_no_table_of_a_backtest_is_refused(frame):
    with pytest.raises(TypeError, match=r"frame: got a .*Pass forecaster.backtest\(y\)"):
        BacktestDisplay.from_frame(frame)


def displays(classifier, backtest):
    importance = {"n_repeats": 1, "random_state": 0}
    yield TrainingHistoryDisplay.from_estimator(classifier)
    yield IntegratedGradientsDisplay.from_estimator(classifier, FRAMES[0])
    yield RecurrentStatesDisplay.from_estimator(classifier, FRAMES[0])
    yield PermutationImportanceDisplay.from_estimator(classifier, FRAMES, Y, **importance)
    yield BacktestDisplay.from_frame(backtest, series="north")


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: "axes", r"got 'axes'.*plt\.subplots\(\)\[1\]"),
        (lambda: 3, "got 3"),
        (plt.figure, r"got a Figure.*ax\.subplots\(\)"),
        (lambda: [None], "got (None|\\[None\\])"),
    ],
    ids=["str", "int", "Figure", "list"],
)
def test_what_are_no_axes_is_refused_in_words(classifier, backtest, make, words):
    for display in displays(classifier, backtest):
        with pytest.raises((TypeError, ValueError), match=f"^ax: {words}"):
            display.plot(ax=make())


def test_axes_in_an_array_of_one_are_axes(classifier, backtest):
    for display in displays(classifier, backtest):
        if not isinstance(display, RecurrentStatesDisplay):
            axes = plt.subplots(1, 1, squeeze=False)[1]
            assert display.plot(ax=axes).ax_ is axes[0, 0]


@pytest.mark.parametrize("estimator", [None, 3, RNNForecaster, "fc", RNNForecaster()], ids=repr)
def test_what_is_no_fitted_forecaster_is_refused(estimator):
    with pytest.raises((TypeError, ValueError), match=r"estimator|not fitted|a class"):
        ForecastDisplay.from_estimator(estimator)
