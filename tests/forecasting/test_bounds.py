"""Forecasts stay within ``lower_bound`` and ``upper_bound``, and values outside are refused."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

from tests.forecasting.series import LOSSES, counts, stacked, tiny, walk

pytestmark = pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")

MORE = {"validation_fraction": 0.25, "calendar": None}
# Two days in four nothing is sold, and sales fall: forecasts reach below 0, and below 3.
SALES = pd.Series(
    np.maximum(np.round(np.random.default_rng(0).normal(20 - np.arange(80) / 4, 9)), 0.0),
    index=pd.date_range("2024-01-01", periods=80, name="day"),
    name="sold",
).where(np.arange(80) % 4 < 2, 0.0)
RATES = 100 - SALES


def answers(forecaster, **asked) -> dict[str, np.ndarray]:
    made = {
        "point": forecaster.predict(**asked),
        "quantiles": forecaster.predict_quantiles([0.01, 0.2, 0.99], **asked),
        "interval": forecaster.predict_interval(coverage=0.95, **asked),
        "paths": forecaster.sample_paths(50, **asked),
    }
    return {name: np.asarray(answer, dtype=float) for name, answer in made.items()}


@pytest.fixture(scope="module")
def unbounded():
    return tiny(**MORE).fit(SALES)


@pytest.fixture(scope="module")
def bounded():
    return tiny(**MORE, lower_bound=0).fit(SALES)


@pytest.mark.parametrize("horizon", [4, 11])
def test_no_answer_lies_below_the_lower_bound(unbounded, bounded, horizon):
    without, within = (answers(model, horizon=horizon) for model in (unbounded, bounded))
    for name, values in within.items():
        assert values.min() >= 0, name
    for name in ("quantiles", "interval", "paths"):
        assert without[name].min() < 0, name
        assert within[name].min() == 0, name


@pytest.mark.parametrize("loss", LOSSES)
def test_both_bounds_hold_for_every_loss(loss):
    fitted = tiny(**MORE, loss=loss, lower_bound=0, upper_bound=40).fit(SALES)
    for name, values in answers(fitted, horizon=9).items():
        assert values.min() >= 0 and values.max() <= 40, name


def crossing(settings) -> tuple:
    """A forecaster whose bounds are the range of y, one without, and a history to cross them."""
    y = walk(60)
    cut = tiny(**settings, lower_bound=y.min(), upper_bound=y.max()).fit(y)
    free = tiny(**settings).fit(y)
    histories = [pd.Series(edge, index=y.index[-12:]) for edge in (y.min(), y.max())]
    forecasts = [free.predict(history=history) for history in histories]
    crosses = [not f.between(y.min(), y.max()).all() for f in forecasts]
    return cut, free, histories[int(np.argmax(crosses))]


def test_forecasts_beyond_a_bound_are_moved_to_it():
    cut, free, history = crossing({"calendar": None})
    expected = free.predict(history=history)
    moved = expected.clip(cut.lower_bound, cut.upper_bound)
    assert (moved != expected).any()
    pd.testing.assert_series_equal(cut.predict(history=history), moved, check_exact=True)


def test_bounds_on_the_other_side_mirror():
    fitted = tiny(**MORE, upper_bound=100.0).fit(RATES)
    assert all(values.max() <= 100 for values in answers(fitted, horizon=9).values())


@pytest.mark.parametrize("params", [{}, {"target_transform": "log"}, {"loss": "mse"}])
def test_what_is_fed_back_is_within_the_bounds(params):
    cut, free, history = crossing({"calendar": None, **params})
    first = cut.predict(history=history)
    assert not np.allclose(first, free.predict(history=history))
    both = cut.predict(history=history, horizon=8)
    after = cut.predict(history=pd.concat([history, first]))
    np.testing.assert_allclose(both.iloc[4:], after, rtol=1e-6)
    np.testing.assert_array_equal(both.iloc[:4], first)


def test_logarithms_have_bounds_on_the_scale_of_y():
    y = SALES + 1
    fitted = tiny(**MORE, target_transform="log", lower_bound=1.0, upper_bound=30.0).fit(y)
    for name, values in answers(fitted, horizon=9).items():
        assert values.min() >= 1 and values.max() <= 30, name
    below = tiny(**MORE, target_transform="log", lower_bound=-5).fit(y)
    assert (below.predict(horizon=9) > 0).all()


@pytest.mark.parametrize("form", ["array", "table", "panel"])
@pytest.mark.parametrize("decoder", ["direct", "recursive"])
def test_every_form_and_decoder(form, decoder):
    table = pd.DataFrame({"a": SALES, "b": SALES.to_numpy()[::-1]}, index=SALES.index)
    y = {"array": SALES.to_numpy(), "table": table, "panel": stacked({"a": SALES, "b": SALES})}
    fitted = tiny(**MORE, decoder=decoder, lower_bound=0).fit(y[form])
    assert all(values.min() >= 0 for values in answers(fitted, horizon=6).values())
    assert np.asarray(fitted.fitted_values()).min() >= 0


def test_backtests_and_skill_are_within_the_bounds(unbounded, bounded):
    frame = tiny(calendar=None, lower_bound=0).backtest(SALES, n_windows=3, refit=False)
    assert frame["prediction"].min() >= 0
    assert bounded.skill_ >= unbounded.skill_


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, "0", True, [0], 1j, 10**400, 1e200])
@pytest.mark.parametrize("name", ["lower_bound", "upper_bound"])
def test_a_bound_is_a_finite_number(name, value):
    with pytest.raises((ValueError, TypeError), match=name):
        tiny(**{name: value}).fit(SALES)


@pytest.mark.parametrize("value", [0, 0.0, np.float32(0), np.int8(0), Fraction(0)])
def test_any_real_number_is_a_bound(value):
    assert tiny(lower_bound=value).fit(SALES).predict().min() >= 0


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"lower_bound": 3, "upper_bound": 3}, r"lower_bound: got 3 with upper_bound=3\. Expected"),
        ({"lower_bound": 100, "upper_bound": 0}, r"lower_bound: got 100 .*Swap them"),
        ({"lower_bound": 0.5, "loss": "negative_binomial"}, r"lower_bound: got 0\.5 .*whole"),
        ({"upper_bound": 9.5, "loss": "negative_binomial"}, r"upper_bound: got 9\.5 .*whole"),
        ({"upper_bound": -1, "loss": "negative_binomial"}, r"upper_bound: got -1 .*0 or more"),
    ],
)
def test_bounds_that_cannot_be_meant_are_refused(params, says):
    with pytest.raises(ValueError, match=says):
        tiny(**params).fit(counts())


FORMS = {
    "series": lambda y: y,
    "array": lambda y: y.to_numpy(),
    "list": list,
    "tensor": lambda y: torch.tensor(y.to_numpy()),
    "polars": lambda y: pl.DataFrame({"a": y.to_numpy(), "b": y.to_numpy()}),
    "table": lambda y: pd.DataFrame({"a": y, "b": y}),
    "panel": lambda y: stacked({"a": y, "b": y}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "names", [["lower_bound"], ["upper_bound"], ["lower_bound", "upper_bound"]]
)
def test_values_outside_are_refused_with_remedies_that_run(form, names):
    series = walk(60)
    y = FORMS[form](series)
    tight = {"lower_bound": float(series.quantile(0.1)), "upper_bound": float(series.quantile(0.9))}
    bounds = {name: tight[name] for name in names}
    with pytest.raises(ValueError, match=r"y: got .*_bound=\d.*Expected values of") as caught:
        tiny(**bounds).fit(y)
    message = str(caught.value)
    name, value = re.search(r"Set (\w+)=([-.\d]+) in the forecaster", message).groups()
    tiny(**{name: float(value)}).fit(y)
    code = re.search(r"as missing, (.*)\.$", message).group(1)
    tiny(**bounds).fit(eval(code, {"y": y, "np": np}))


def test_no_remedy_leaves_a_series_without_values():
    y = pd.DataFrame({"a": walk(60), "b": -walk(60)})
    with pytest.raises(ValueError, match=r"below lower_bound=0\.0.*, or None\.$"):
        tiny(lower_bound=0).fit(y)


def test_later_values_and_other_histories_outside_are_refused(bounded):
    later = pd.Series([1.0, -2.0], index=SALES.index[-2:] + pd.Timedelta(days=2), name="sold")
    with pytest.raises(ValueError, match=r"y: got -2\.0 in series 'sold' at 2024-03-22, below lo"):
        bounded.update(later)
    assert bounded.cutoff_ == SALES.index[-1]
    with pytest.raises(ValueError, match=r"history: got -1\.0 .*history\.where\(history >= 0\.0\)"):
        bounded.predict(history=SALES - 1)


def test_missing_values_are_not_outside():
    y = SALES.where(np.arange(80) % 5 > 0)
    assert tiny(lower_bound=0, upper_bound=SALES.max()).fit(y).predict().min() >= 0


def test_new_bounds_hold_from_the_next_training_on():
    fitted = tiny(calendar=None, warm_start=True).fit(RATES)
    before = fitted.predict(horizon=8)
    fitted.set_params(upper_bound=100.0, lower_bound=90.0)
    pd.testing.assert_series_equal(fitted.predict(horizon=8), before)
    with pytest.raises(ValueError, match=r"below lower_bound=90\.0"):
        fitted.fit(RATES)
    fitted.set_params(lower_bound=0.0).fit(RATES)
    assert fitted.predict(horizon=8).between(0, 100).all()


# -- days on which nothing can be sold -----------------------------------------------------------


def test_missing_values_on_closed_days_are_the_remedy_for_zeros():
    rng = np.random.default_rng(0)
    days = pd.date_range("2022-01-03", periods=420)
    week = np.array([900, 800, 850, 1000, 1400, 1800, 1200])[np.arange(420) % 7]
    is_open = pd.Series(rng.random(420) > 0.15, index=days)
    sold = pd.Series(week * (1 + 0.03 * rng.normal(size=420)), index=days).where(is_open, 0.0)
    settings = {"horizon": 7, "context_length": 28, "seasonal_period": 7, "hidden_size": 8}
    errors = []
    for y in (sold, sold.where(is_open)):
        forecaster = tiny(**settings, lower_bound=0, max_epochs=3, batch_size=64).fit(y[:-70])
        weeks = [forecaster.predict(history=y[:start]) for start in range(350, 420, 7)]
        forecast = pd.concat(weeks)
        forecast = forecast.where(is_open[forecast.index], 0.0)
        errors.append((forecast - sold[-70:]).abs().mean())
    assert errors[1] < 0.6 * errors[0]
