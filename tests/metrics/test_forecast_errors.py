"""The errors of forecasts are what their definitions say."""

import importlib.util
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from utilsforecast import losses

from skrnn.datasets import fetch_m4_hourly
from skrnn.metrics import interval_coverage, mase, owa, rmsse, smape
from tests.metrics.panels import MASE, NAN, PRED, SCALED, SMAPE, TRAIN, TRUE, panel

M4_BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "_m4.py"
REFERENCE = {"a": [5, 5, 5], "b": [18, 18, 18]}
RMSSE = {
    "a": math.sqrt((10 / 3) / (14 / 3)),
    "b": math.sqrt((18 / 3) / ((36 + 4 + 9 + 16 + 9) / 7)),
}
BY_HAND = [(mase, MASE), (rmsse, RMSSE)]


@pytest.mark.parametrize("metric, expected", BY_HAND)
def test_scaled_errors_equal_those_worked_out_by_hand(metric, expected):
    error = metric(panel(TRUE), panel(PRED), y_train=panel(TRAIN))
    assert isinstance(error, float)
    assert error == pytest.approx(sum(expected.values()) / 2)
    for name in TRAIN:
        one = metric(TRUE[name], PRED[name], y_train=TRAIN[name])
        assert one == pytest.approx(expected[name])


def test_smape_equals_the_one_worked_out_by_hand():
    assert smape(panel(TRUE), panel(PRED)) == pytest.approx(sum(SMAPE.values()) / 2)
    assert smape(TRUE["a"], PRED["a"]) == pytest.approx(SMAPE["a"])


def test_smape_is_a_fraction_up_to_2_and_counts_two_zeros_as_no_error():
    assert smape([1.0, -2.0], [-1.0, 2.0]) == 2
    assert smape([5.0], [0.0]) == 2
    assert smape([0.0, 0.0], [0.0, 1.0]) == 1


def test_owa_averages_over_the_series_before_it_compares():
    mase_reference = (((0 + 1 + 1) / 3) / 2 + ((2 + 2 + 8) / 3) / (18 / 7)) / 2
    smape_reference = (2 / 11 + 2 / 9 + 4 / 38 + 4 / 34 + 16 / 28) / 3 / 2
    expected = (
        sum(SMAPE.values()) / 2 / smape_reference + sum(MASE.values()) / 2 / mase_reference
    ) / 2
    data = panel(TRUE), panel(PRED)
    result = owa(*data, y_train=panel(TRAIN), y_reference=panel(REFERENCE))
    assert isinstance(result, float)
    assert result == pytest.approx(expected)
    # The mean of the ratios of each series is another number.
    each = [
        owa(TRUE[name], PRED[name], y_train=TRAIN[name], y_reference=REFERENCE[name])
        for name in TRAIN
    ]
    assert result != pytest.approx(np.mean(each), rel=1e-3)


def test_owa_of_the_reference_is_1_and_of_the_truth_0():
    options = {"y_train": panel(TRAIN), "y_reference": panel(REFERENCE)}
    assert owa(panel(TRUE), panel(REFERENCE), **options) == 1
    assert owa(panel(TRUE), panel(TRUE), **options) == 0


def test_coverage_counts_values_on_the_ends_of_the_interval():
    y = [1, 2, 3, 4]
    assert interval_coverage(y, [1, 2.5, 0, 0], [2, 3, 3, 3.9]) == 0.5
    assert interval_coverage(y, [-np.inf] * 4, [2] * 4) == 0.5
    assert interval_coverage(y, [-np.inf] * 4, [np.inf] * 4) == 1


def seasonal_differences(values, seasonal_period):
    pairs = zip(values, values[seasonal_period:], strict=False)
    return [abs(b - a) for a, b in pairs if not (math.isnan(a) or math.isnan(b))]


def in_plain_python(y_true, y_pred, y_train, seasonal_period):
    """Return MASE, RMSSE and sMAPE of one series, written as the definitions read."""
    differences = seasonal_differences(y_train, seasonal_period)
    observed = [(y, f) for y, f in zip(y_true, y_pred, strict=True) if not math.isnan(y)]
    absolute = sum(abs(y - f) for y, f in observed) / len(observed)
    squared = sum((y - f) ** 2 for y, f in observed) / len(observed)
    relative = [2 * abs(y - f) / (abs(y) + abs(f)) if y or f else 0.0 for y, f in observed]
    return (
        absolute / (sum(differences) / len(differences)),
        math.sqrt(squared / (sum(one**2 for one in differences) / len(differences))),
        sum(relative) / len(observed),
    )


VALUES = st.integers(-50, 50).map(lambda number: number / 2)
MAYBE = st.one_of(VALUES, VALUES, VALUES, st.just(NAN))


@st.composite
def panels(draw):
    seasonal_period = draw(st.integers(1, 4))
    names = draw(st.permutations(["a", "b", "c"]))[: draw(st.integers(1, 3))]
    y_true, y_pred, y_train = {}, {}, {}
    for name in names:
        y_true[name] = draw(
            st.lists(MAYBE, min_size=1, max_size=5).filter(lambda y: not np.isnan(y).all())
        )
        n_timesteps = len(y_true[name])
        y_pred[name] = draw(st.lists(VALUES, min_size=n_timesteps, max_size=n_timesteps))
        y_train[name] = draw(
            st.lists(MAYBE, min_size=seasonal_period + 1, max_size=15).filter(
                lambda y: any(seasonal_differences(y, seasonal_period))
            )
        )
    return y_true, y_pred, y_train, seasonal_period


@given(data=panels(), seed=st.integers(0, 2**32 - 1))
def test_every_metric_is_what_a_loop_over_its_definition_gives(data, seed):
    y_true, y_pred, y_train, seasonal_period = data
    expected = {
        name: in_plain_python(y_true[name], y_pred[name], y_train[name], seasonal_period)
        for name in y_true
    }
    # The order of the rows, and so of the series, means nothing.
    rng = np.random.default_rng(seed)
    true, pred, train = (
        one.iloc[rng.permutation(len(one))]
        for one in (panel(y_true, 100), panel(y_pred, 100), panel(y_train, -7))
    )
    options = {"y_train": train, "seasonal_period": seasonal_period}
    results = [mase(true, pred, **options), rmsse(true, pred, **options), smape(true, pred)]
    np.testing.assert_allclose(results, np.mean(list(expected.values()), axis=0), atol=1e-12)
    each = mase(true, pred, **options, multioutput="raw_values")
    assert set(each.index) == set(y_true)
    np.testing.assert_allclose(each, [expected[name][0] for name in each.index], atol=1e-12)


def test_every_metric_equals_that_of_utilsforecast():
    rng = np.random.default_rng(0)
    sizes = {"H1": 40, "H2": 25, "H10": 61}
    train = panel({name: rng.normal(10, 3, size) for name, size in sizes.items()})
    true, pred = (
        panel({name: rng.normal(10, 3, 12) for name in sizes}, start=100) for _ in range(2)
    )
    lower, upper = pred - rng.uniform(0, 4, len(pred)), pred + rng.uniform(0, 4, len(pred))

    def long(**columns):
        frame = pd.DataFrame(columns).reset_index()
        return frame.rename(columns={"series": "unique_id", "time": "ds"})

    frame = long(y=true, net=pred, **{"net-lo-80": lower, "net-hi-80": upper})
    for seasonal_period in (1, 7):
        for ours, theirs in ((mase, losses.mase), (rmsse, losses.rmsse)):
            error = ours(
                true,
                pred,
                y_train=train,
                seasonal_period=seasonal_period,
                multioutput="raw_values",
            )
            reference = theirs(frame, ["net"], seasonal_period, long(y=train))
            np.testing.assert_allclose(error, reference.set_index("unique_id")["net"][error.index])
    # Theirs leaves out the 2 of M4's definition.
    assert smape(true, pred) == pytest.approx(2 * losses.smape(frame, ["net"])["net"].mean())
    coverage = losses.coverage(frame, ["net"], 80)["net"].mean()
    assert 0 < coverage < 1
    assert interval_coverage(true, lower, upper) == pytest.approx(coverage)


@pytest.mark.timeout(60)
def test_the_published_figures_of_m4_hourly_come_out(data_home):
    spec = importlib.util.spec_from_file_location("m4_benchmark", M4_BENCHMARK)
    m4_benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(m4_benchmark)
    train = fetch_m4_hourly(data_home=data_home)
    y_test = fetch_m4_hourly(split="test", data_home=data_home).y
    shape = train.horizon, train.seasonal_period
    naive2 = m4_benchmark.naive2(train.y, *shape)
    seasonal_naive = m4_benchmark.seasonal_naive(train.y, *shape)
    scale = {"y_train": train.y, "seasonal_period": train.seasonal_period}
    # Makridakis, Spiliotis and Assimakopoulos (2020), the benchmarks' errors on hourly data.
    for forecast, percentage, scaled in ((naive2, 18.383, 2.395), (seasonal_naive, 13.912, 1.193)):
        assert 100 * smape(y_test, forecast) == pytest.approx(percentage, abs=5e-4)
        assert mase(y_test, forecast, **scale) == pytest.approx(scaled, abs=5e-4)
    assert owa(y_test, seasonal_naive, y_reference=naive2, **scale) == pytest.approx(
        (13.912 / 18.383 + 1.193 / 2.395) / 2, abs=5e-4
    )


@pytest.mark.parametrize("metric", SCALED)
def test_scaled_errors_know_no_unit(metric):
    celsius = [panel(one) for one in (TRUE, PRED, TRAIN)]
    fahrenheit = [32 + 1.8 * one for one in celsius]
    errors = [metric(y, f, y_train=train) for y, f, train in (celsius, fahrenheit)]
    assert errors[0] == pytest.approx(errors[1])
