import importlib.util
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import cross_val_score
from utilsforecast import losses

from skrnn.datasets import fetch_m4_hourly
from skrnn.metrics import interval_coverage, mase, owa, rmsse, smape

NAN = np.nan
SCALED = [mase, rmsse]
M4_BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "_m4.py"


def panel(series, start=0):
    """Lay lists of values out as a panel; ``start`` is the first time of all series."""
    index = [(name, start + step) for name, values in series.items() for step in range(len(values))]
    values = [value for one in series.values() for value in one]
    return pd.Series(
        values, index=pd.MultiIndex.from_tuples(index, names=["series", "time"]), dtype=float
    )


# A panel of two series, the second twice as long in training, and forecasts of 3 timesteps.
TRAIN = {"a": [1, 3, 2, 5], "b": [10, 10, 16, 14, 14, 11, 15, 18]}
TRUE = {"a": [5, 6, 4], "b": [20, 16, 10]}
PRED = {"a": [6, 9, 4], "b": [20, 13, 13]}
REFERENCE = {"a": [5, 5, 5], "b": [18, 18, 18]}

# By hand. Training differences: a has 2, 1, 3; b has 0, 6, 2, 0, 3, 4, 3. Errors: a has 1, 3, 0;
# b has 0, 3, 3.
MASE = {"a": (4 / 3) / (6 / 3), "b": (6 / 3) / (18 / 7)}
RMSSE = {
    "a": math.sqrt((10 / 3) / (14 / 3)),
    "b": math.sqrt((18 / 3) / ((36 + 4 + 9 + 16 + 9) / 7)),
}
SMAPE = {
    "a": (2 * 1 / 11 + 2 * 3 / 15 + 0) / 3,
    "b": (0 + 2 * 3 / 29 + 2 * 3 / 23) / 3,
}
BY_HAND = [(mase, MASE), (rmsse, RMSSE)]


# What the metrics are


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


@settings(max_examples=60, deadline=None)
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


# Containers


def containers():
    """Yield the same two series in every container that holds several."""
    train = {name: values[-4:] for name, values in TRAIN.items()}
    data = [TRUE, PRED, train]
    yield "panel", [panel(one) for one in data]
    yield "panel of one column", [panel(one).to_frame("sales") for one in data]
    yield "wide", [pd.DataFrame(one) for one in data]
    yield "array", [np.column_stack([one["a"], one["b"]]) for one in data]
    yield "list", [[np.array(one["a"]), np.array(one["b"])] for one in data]
    yield "wide beside arrays", [pd.DataFrame(TRUE), *(pd.DataFrame(x).values for x in data[1:])]
    yield "array beside wide", [pd.DataFrame(TRUE).values, *map(pd.DataFrame, data[1:])]
    yield "array, truth listed", [list(pd.DataFrame(TRUE).values.T), *map(pd.DataFrame, data[1:])]
    yield "panel, wide predictions", [panel(TRUE), pd.DataFrame(PRED), panel(train)]
    yield "wide, panel for training", [pd.DataFrame(TRUE), panel(PRED), panel(train)]
    yield (
        "columns in another order",
        [pd.DataFrame(TRUE), *(pd.DataFrame(x)[["b", "a"]] for x in data[1:])],
    )
    yield "predictions for each row", [panel(TRUE), panel(PRED).to_numpy(), panel(train)]
    yield "predictions in a column", [panel(TRUE), panel(PRED).to_numpy()[:, None], panel(train)]


@pytest.mark.parametrize("name, data", list(containers()))
def test_the_container_changes_no_result(name, data):
    y_true, y_pred, y_train = data
    expected = (MASE["a"] + (6 / 3) / ((3 + 4 + 3) / 3)) / 2
    assert mase(y_true, y_pred, y_train=y_train) == pytest.approx(expected)
    assert smape(y_true, y_pred) == pytest.approx(sum(SMAPE.values()) / 2)
    assert interval_coverage(y_true, y_pred, y_pred) == pytest.approx((1 / 3 + 1 / 3) / 2)
    assert owa(y_true, y_pred, y_train=y_train, y_reference=y_pred) == 1
    each = mase(y_true, y_pred, y_train=y_train, multioutput="raw_values")
    if isinstance(y_true, (pd.Series, pd.DataFrame)):
        assert each.name == "mase"
        assert each["a"] == pytest.approx(MASE["a"])
    else:
        assert isinstance(each, np.ndarray)
        assert each[0] == pytest.approx(MASE["a"])


TIMES = pd.date_range("2024-01-30", periods=3, freq="D")


@pytest.mark.parametrize(
    "y_true, y_pred, y_train",
    [
        (TRUE["a"], PRED["a"], TRAIN["a"]),
        (tuple(TRUE["a"]), np.array(PRED["a"], dtype=np.float32), np.array(TRAIN["a"])),
        (pd.Series(TRUE["a"], TIMES), pd.Series(PRED["a"], TIMES, name="p"), TRAIN["a"]),
        (pd.Series(TRUE["a"], TIMES), PRED["a"], pd.Series(TRAIN["a"])),
        (TRUE["a"], pd.Series(PRED["a"], TIMES), pd.DataFrame({"a": TRAIN["a"]})),
        (pd.Series(TRUE["a"], dtype="Int64"), pd.Series(PRED["a"], dtype="Float64"), TRAIN["a"]),
        (np.array(TRUE["a"])[:, None], PRED["a"], panel({"a": TRAIN["a"]})),
        (panel({"a": TRUE["a"]}), PRED["a"], TRAIN["a"]),
        ([np.array(TRUE["a"])], PRED["a"], [np.array(TRAIN["a"])]),
    ],
)
def test_one_series_may_come_in_any_container(y_true, y_pred, y_train):
    assert mase(y_true, y_pred, y_train=y_train) == pytest.approx(MASE["a"])
    each = mase(y_true, y_pred, y_train=y_train, multioutput="raw_values")
    assert each.shape == (1,)


@pytest.mark.parametrize("n_rows", [1, 2])
def test_series_ids_of_any_type_are_matched(n_rows):
    true = panel({name: values[:n_rows] for name, values in TRUE.items()})
    for ids in (["x", "y"], [2, 1], pd.to_datetime(["2020-01-01", "2020-01-02"]).date):
        renamed = [
            one.rename(dict(zip("ab", ids, strict=True)), level=0) for one in (true, panel(TRAIN))
        ]
        pred = renamed[0] + 1.0
        each = mase(renamed[0], pred[::-1], y_train=renamed[1], multioutput="raw_values")
        assert each.index.to_list() == list(ids)
        np.testing.assert_allclose(each, [1 / 2, 1 / (18 / 7)])


def test_categorical_ids_match_plain_ones():
    true = panel(TRUE)
    index = true.index.set_levels(
        pd.CategoricalIndex(["a", "b"], categories=["b", "a", "z"]), level=0
    )
    each = mase(true.set_axis(index), panel(PRED), y_train=panel(TRAIN), multioutput="raw_values")
    assert each["a"] == pytest.approx(MASE["a"])


def test_series_that_were_sliced_away_are_not_asked_for():
    train = panel({"z": [1, 1, 1], **TRAIN})
    only_a = panel(TRUE).loc[["a"]]
    assert mase(only_a, panel(PRED).loc[["a"]], y_train=train) == pytest.approx(MASE["a"])


def test_a_scorer_of_scikit_learn_can_be_made_of_them():
    x = np.arange(30.0)[:, None]
    y = pd.Series(3 * x[:, 0] + 1)
    scorer = make_scorer(mase, greater_is_better=False, y_train=[1, 4, 7])
    np.testing.assert_allclose(
        cross_val_score(LinearRegression(), x, y, scoring=scorer), 0, atol=1e-9
    )


@pytest.mark.parametrize("metric", [*SCALED, owa, smape, interval_coverage])
def test_what_the_caller_passed_stays_as_it_was(metric):
    data = [panel(one)[::-1] for one in (TRUE, PRED, TRAIN)]
    before = [one.copy() for one in data]
    if metric in SCALED:
        metric(*data[:2], y_train=data[2])
    elif metric is owa:
        metric(*data[:2], y_train=data[2], y_reference=data[1])
    else:
        metric(*data[:2], *data[1:2] * (metric is interval_coverage))
    for one, other in zip(data, before, strict=True):
        pd.testing.assert_series_equal(one, other)


# Missing values, and the time grid


def test_unobserved_timesteps_are_left_out():
    y_true, y_pred = [5, NAN, 6, 4], [6, 100, 9, 4]
    assert mase(y_true, y_pred, y_train=TRAIN["a"]) == pytest.approx(MASE["a"])
    assert smape(y_true, y_pred) == pytest.approx(SMAPE["a"])
    assert interval_coverage(y_true, y_pred, y_pred) == pytest.approx(1 / 3)
    # Nothing is asked of the forecast there.
    assert smape(y_true, [6, NAN, 9, 4]) == pytest.approx(SMAPE["a"])


def test_a_wide_table_and_the_panel_without_its_nan_cells_are_the_same():
    true = pd.DataFrame({"a": [5, 6, 4, NAN, NAN], "b": [NAN, NAN, 20, 16, 10]})
    pred = pd.DataFrame({"a": [6, 9, 4, NAN, NAN], "b": [NAN, NAN, 20, 13, 13]})
    ragged = [one.unstack().dropna() for one in (true, pred)]
    expected = (MASE["a"] + MASE["b"]) / 2
    for y_true in (true, ragged[0]):
        for y_pred in (pred, ragged[1]):
            assert mase(y_true, y_pred, y_train=panel(TRAIN)) == pytest.approx(expected)


def gappy(times):
    """Return a trend of 2 a timestep, a season of 3 on top, and a gap, with these times."""
    values = 2.0 * np.arange(len(times)) + np.resize([0, 5, -1], len(times))
    return pd.Series(values, index=times).drop(times[[4, 5]])


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2024-03-30", periods=12, freq="h", tz="Europe/Berlin"),
        pd.date_range("2024-03-25", periods=12, freq="D", tz="Europe/Berlin"),
        pd.date_range("2024-03-25", periods=12, freq="B"),
        pd.date_range("2023-03-31", periods=12, freq="ME"),
        pd.period_range("2023-03", periods=12, freq="M"),
        pd.RangeIndex(5, 5 + 24, 2),
    ],
    ids=["hours", "days", "business days", "months", "periods", "integers"],
)
def test_a_season_is_counted_in_time_where_training_rows_are_missing(times):
    train = gappy(times)
    # Three timesteps apart the trend has risen by 6; rows that are 3 apart span up to 5 timesteps.
    assert mase([1.0], [7.0], y_train=train, seasonal_period=3) == pytest.approx(1)
    rows = [abs(b - a) for a, b in zip(train, train[3:], strict=False)]
    assert np.mean(rows) != pytest.approx(6)
    in_panel = pd.concat({"a": train, "b": train[::-1]})
    both = pd.DataFrame({"a": [1.0], "b": [1.0]})
    assert mase(both, both + 6, y_train=in_panel, seasonal_period=3) == pytest.approx(1)


# Errors


def scaled(y_true=TRUE, y_pred=PRED, y_train=TRAIN, **options):
    y_true, y_pred, y_train = (
        panel(one) if isinstance(one, dict) else one for one in (y_true, y_pred, y_train)
    )
    return mase(y_true, y_pred, y_train=y_train, **options)


TWICE = pd.concat([panel(TRUE), panel(TRUE).iloc[:1]])
MONTHS = pd.Series(
    [1.0, 2.0, 4.0], index=pd.DatetimeIndex(["2024-01-01", "2024-02-01", "2024-02-10"])
)


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ({"y_pred": {"a": PRED["a"]}}, ValueError, r"y_pred: got no series 'b'.*y_true"),
        ({"y_train": {"b": TRAIN["b"]}}, ValueError, r"y_train: got no series 'a'.*Expected every"),
        ({"y_pred": {**PRED, "c": [1.0]}}, ValueError, "y_pred: .*0 of series 'c'.*reindex_like"),
        ({"y_pred": {**PRED, "b": [1.0]}}, ValueError, "y_pred: got no row for 1 of series 'b'"),
        (
            {"y_pred": panel(PRED, start=1)},
            ValueError,
            r"prediction for 3 of series 'a'.*y_true goes from 0 to 2 and y_pred from 1 to 3\.",
        ),
        (
            {"y_pred": {**PRED, "b": [1, NAN, 2]}},
            ValueError,
            r"y_pred: got NaN for 1 of series 'b', where y_true is 16; 1 of the 6 rows",
        ),
        ({"y_pred": {**PRED, "b": [1, np.inf, 2]}}, ValueError, r"y_pred: got inf at 1 of series"),
        ({"y_true": {**TRUE, "b": [1, -np.inf, 2]}}, ValueError, r"y_true: got -inf at 1 of ser"),
        ({"y_train": {**TRAIN, "b": [1, 1e200]}}, ValueError, r"y_train: got 1e\+200 at 1 of ser"),
        (
            {"y_true": {**TRUE, "b": [NAN] * 3}},
            ValueError,
            "y_true: got nothing but NaN for series 'b'",
        ),
        (
            {"y_train": {**TRAIN, "b": [3, 3, 3]}},
            ValueError,
            r"y_train: .*series 'b' that all equal.*Expected some that differ.*smape",
        ),
        (
            {"seasonal_period": 4},
            ValueError,
            r"y_train: got 4 timesteps of series 'a'.*more than seasonal_period=4 timesteps",
        ),
        ({"seasonal_period": 10**30}, ValueError, "y_train: got 4 timesteps of series 'a'"),
        ({"y_train": {**TRAIN, "a": [1, NAN, 2, NAN]}}, ValueError, "no two observed ones 1 apart"),
        ({"seasonal_period": 0}, ValueError, "seasonal_period: got 0. Expected an integer of 1"),
        ({"seasonal_period": 1.0}, TypeError, "seasonal_period: got 1.0, a float. Expected"),
        ({"seasonal_period": True}, TypeError, "seasonal_period: got True, a bool. Expected"),
        ({"multioutput": "mean"}, ValueError, "multioutput: got 'mean'. Expected one of"),
        ({"multioutput": [0.5, 0.5]}, ValueError, "multioutput: got .*Weigh the values"),
        ({"y_true": None}, TypeError, "y_true: got None. Expected a 1-D array"),
        ({"y_true": "abc"}, TypeError, "y_true: got a str. Expected a 1-D array"),
        ({"y_true": 3.0}, TypeError, "y_true: got a float. Expected a 1-D array"),
        ({"y_pred": iter([1.0])}, TypeError, "y_pred: got a list_iterator. Expected a 1-D array"),
        ({"y_true": panel(TRUE).iloc[:0]}, ValueError, "y_true: got a panel.*without any value"),
        ({"y_true": []}, ValueError, "y_true: got an array.*without any value"),
        ({"y_true": np.zeros((2, 2, 1))}, ValueError, r"y_true: got an array of shape \(2, 2, 1\)"),
        (
            {"y_true": [[1, 2], [3, 4]]},
            ValueError,
            r"y_true: got a list with entries of type list.*np.array\(y_true",
        ),
        ({"y_true": ["1", "2"]}, ValueError, "y_true: got values that are not real numbers"),
        ({"y_true": TWICE}, ValueError, "y_true: got 0 of series 'a' more than once"),
        ({"y_true": panel(TRUE).droplevel(0)}, ValueError, "y_true: got the time 0 more than once"),
        (
            {"y_true": pd.concat([panel(TRUE)] * 2, axis=1)},
            ValueError,
            "y_true: got a panel of 2 c",
        ),
        (
            {"y_true": pd.concat({"x": panel(TRUE)})},
            ValueError,
            "y_true: got a MultiIndex with 3 levels",
        ),
        (
            {"y_true": pd.DataFrame([[1.0, 2.0]], columns=["a", "a"])},
            ValueError,
            "y_true: got the column 'a' more than once",
        ),
        (
            {"y_true": pd.concat({TIMES[0]: pd.Series({"a": 1.0})})},
            ValueError,
            r"y_true: .*first of which holds times.*y_true.swaplevel\(\)",
        ),
        (
            {"y_true": pd.Series([1.0], index=pd.DatetimeIndex([None]))},
            ValueError,
            "y_true: got a missing time in the index",
        ),
        (
            {"y_true": pd.Series([1.0], index=pd.MultiIndex([["a"], [0]], [[0], [-1]]))},
            ValueError,
            "y_true: .*without a time",
        ),
        (
            {"y_pred": panel(PRED, start=50)},
            ValueError,
            "6 of its 6 rows.*from 50 to 52. Predict the",
        ),
        ({"y_pred": np.full(6, NAN)}, ValueError, "y_pred: got NaN for 0 of series 'a'"),
        ({"y_pred": np.zeros(5)}, ValueError, "y_pred: got 5 timesteps for 6 of y_true"),
        ({"y_pred": np.zeros((3, 3))}, ValueError, "y_pred: got 3 series, read as.*Expected 2, as"),
        (
            {"y_pred": np.zeros((3, 2))},
            ValueError,
            "y_pred: .*while y_true is a panel.*nothing says which series belong",
        ),
        ({"y_train": [np.arange(4.0)] * 2}, ValueError, "y_train: .*nothing says which series"),
        (
            {"y_true": [1, 2], "y_pred": [1, 2, 3], "y_train": [1, 2]},
            ValueError,
            "y_pred: got 3 timesteps for 2 of y_true",
        ),
        (
            {"y_true": [1, 2], "y_pred": [1, 2], "y_train": np.zeros((5, 2))},
            ValueError,
            "y_train: got 2 series.*Expected 1",
        ),
        (
            {"y_true": pd.Series([1.0], index=TIMES[:1]), "y_pred": pd.Series([1.0])},
            ValueError,
            "y_pred: got a prediction for 0 of the series, which y_true does not have",
        ),
        (
            {"y_true": [1.0], "y_pred": [2.0], "y_train": MONTHS},
            ValueError,
            "y_train: got .*time.*Expected times of frequency",
        ),
    ],
)
def test_what_does_not_fit_is_an_error_that_names_it(arguments, error, message):
    with pytest.raises(error, match=f"(?s){message}") as raised:
        scaled(**arguments)
    assert "Expected" in str(raised.value)


def test_a_reference_without_error_is_refused():
    with pytest.raises(ValueError, match=r"y_reference: got a forecast that equals y_true exactly"):
        owa(panel(TRUE), panel(PRED), y_train=panel(TRAIN), y_reference=panel(TRUE))


def test_errors_name_the_argument_that_is_wrong():
    short = panel({"a": [1.0], "b": [1.0]})
    with pytest.raises(ValueError, match=r"^y_reference: got no row"):
        owa(panel(TRUE), panel(PRED), y_train=panel(TRAIN), y_reference=short)
    with pytest.raises(ValueError, match=r"^lower: got no row"):
        interval_coverage(panel(TRUE), short, panel(PRED))
    with pytest.raises(ValueError, match=r"^upper: got no row"):
        interval_coverage(panel(TRUE), panel(PRED), short)


def test_an_interval_that_is_upside_down_is_an_error():
    with pytest.raises(ValueError, match=r"lower: got 3 for timestep 1 of the series, above upper"):
        interval_coverage([1, 2], [0, 3], [2, 1])
    # Where nothing was observed, nothing is asked.
    assert interval_coverage([1, NAN], [0, 3], [2, 1]) == 1
