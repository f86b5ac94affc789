"""What rows to forecast must hold, and in which order newer rows are appended."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd
import pytest

from tests.forecasting.series import stacked, tiny, walk

N = 40
Y = walk(N)
LATER = pd.date_range(Y.index[-1], periods=5, name="day")[1:]


def table(index, **constant) -> pd.DataFrame:
    values = np.random.default_rng(len(index)).normal(size=(len(index), 3))
    return pd.DataFrame(values, index, columns=["plan", "seen", "price"]).assign(**constant)


X, X_LATER = table(Y.index), table(LATER)


@pytest.fixture(scope="module")
def of_past():
    return tiny(past_features="seen").fit(X, Y)


# -- columns that are not read ---------------------------------------------------------------


def test_features_known_up_to_the_cutoff_may_be_left_out(of_past):
    expected = of_past.predict(X_LATER)
    found = of_past.predict(X_LATER.drop(columns="seen"))
    pd.testing.assert_series_equal(found, expected)


def test_rows_of_the_past_may_leave_them_out(of_past):
    pd.testing.assert_series_equal(
        of_past.predict(X.drop(columns="seen")), of_past.predict(X), check_freq=False
    )


def test_features_of_other_series_cannot_be_left_out(of_past):
    with pytest.raises(ValueError, match=r"(?s)X_history: .*\n- seen"):
        of_past.predict(X_LATER, history=Y, X_history=X.drop(columns="seen"))


def test_without_features_known_in_advance_only_the_times_count():
    fitted = tiny(past_features=["seen", "plan", "price"]).fit(X, Y)
    pd.testing.assert_series_equal(fitted.predict(X_LATER[[]]), fitted.predict(X_LATER))


def test_arrays_may_leave_them_out():
    fitted = tiny(past_features=1).fit(X.to_numpy(), Y.to_numpy())
    found = fitted.predict(X_LATER[["plan", "price"]].to_numpy())
    np.testing.assert_array_equal(found, fitted.predict(X_LATER.to_numpy()))


def test_static_features_are_known_from_fit():
    features = stacked({"a": table(Y.index, kind="big"), "b": table(Y.index, kind="small")})
    fitted = tiny(static_features="kind", past_features="seen").fit(
        features, stacked({"a": Y, "b": 2 * Y})
    )
    later = stacked({"a": table(LATER, kind="big"), "b": table(LATER, kind="small")})
    expected = fitted.predict(later)
    for left_out in (["kind"], ["seen"], ["kind", "seen"]):
        pd.testing.assert_series_equal(fitted.predict(later.drop(columns=left_out)), expected)


def test_another_order_is_refused_with_code_that_runs(of_past):
    rows = X_LATER[["price", "plan"]]
    with pytest.raises(ValueError, match="Expected those of fit that a forecast reads") as refusal:
        of_past.predict(rows)
    assert len(of_past.predict(run_remedy(refusal, of_past, rows))) == 4


def test_what_is_read_cannot_be_left_out(of_past):
    with pytest.raises(ValueError, match=r"now missing:\n- price"):
        of_past.predict(X_LATER[["plan"]])


# -- remedies that run -----------------------------------------------------------------------


def run_remedy(refusal, estimator, rows):
    forms = (r"X\.reindex\(.*fill_value=0\)", r"X\[\[.*?\]\]", r"X\[list\(.*?\)\]", r"X\[\[.*?\]\]")
    code = re.findall("|".join(forms), str(refusal.value))[-1]
    return eval(code, {"estimator": estimator, "X": rows, "list": list})


@pytest.mark.parametrize("n_later", [1, 2, 4])
def test_dummies_of_categories_that_do_not_occur_are_zeros(n_later):
    days = pd.get_dummies(Y.index.day_name()).set_axis(Y.index)
    later = pd.get_dummies(LATER.day_name()).set_axis(LATER)[:n_later]
    later = later.loc[:, later.any()]
    fitted = tiny(calendar=None).fit(days, Y)
    with pytest.raises(ValueError, match="Dummies of categories that do not occur") as refusal:
        fitted.predict(later)
    filled = run_remedy(refusal, fitted, later)
    whole = pd.get_dummies(pd.Categorical(LATER.day_name()[:n_later], days.columns))
    expected = fitted.predict(whole.set_axis(LATER[:n_later]))
    np.testing.assert_array_equal(fitted.predict(filled), expected)


def test_further_dummies_are_left_out_by_the_remedy(of_past):
    later = X_LATER.assign(more=1.0)
    with pytest.raises(ValueError, match="unseen at fit time") as refusal:
        of_past.predict(later)
    pd.testing.assert_series_equal(
        of_past.predict(run_remedy(refusal, of_past, later)), of_past.predict(X_LATER)
    )


# -- update(X, y) ----------------------------------------------------------------------------

MORE = walk(4, seed=5, start=str(LATER[0].date()))


def test_update_takes_the_order_of_fit():
    by_place = tiny().fit(X, Y).update(X_LATER, MORE)
    by_name = tiny().fit(X, Y).update(y=MORE, X=X_LATER)
    assert by_place.cutoff_ == by_name.cutoff_ == LATER[-1]
    assert tiny().fit(Y).update(MORE).cutoff_ == tiny().fit(Y).update(y=MORE).cutoff_


WIDE, WIDE_MORE = (pd.DataFrame({"a": y, "b": 2 * y}) for y in (Y, MORE))
PANEL, PANEL_MORE = (stacked({"a": y, "b": 2 * y}) for y in (Y, MORE))
PANEL_X, PANEL_X_MORE = (stacked({"a": x, "b": x}) for x in (X, X_LATER))
SWAPPED = {
    "series": (X, Y, X_LATER, MORE),
    "table": (X, WIDE, X_LATER, WIDE_MORE),
    "panel": (PANEL_X, PANEL, PANEL_X_MORE, PANEL_MORE),
    "arrays": (X.to_numpy(), Y.to_numpy(), X_LATER.to_numpy(), MORE.to_numpy()),
    "list": (X, Y, X_LATER, MORE.tolist()),
    "table of arrays": (X.to_numpy(), WIDE.to_numpy(), X_LATER.to_numpy(), WIDE_MORE.to_numpy()),
}


@pytest.mark.parametrize("name", list(SWAPPED))
def test_the_old_order_is_refused_with_the_new_one(name):
    features, y, more_features, more = SWAPPED[name]
    fitted = tiny().fit(features, y)
    with pytest.raises(ValueError, match=r"X: got the series.*Swap the arguments, update\(X, y\)"):
        fitted.update(more, more_features)
    fitted.update(more_features, more)


def test_features_that_are_missing_are_asked_for_in_the_order_of_fit():
    with pytest.raises(ValueError, match=r"X: got None, .*Pass them, update\(X, y\)"):
        tiny().fit(X, Y).update(MORE)


# -- columns that are not read may be left out, in any container -----------------------------

ROWS = pd.DataFrame({"plan": [0.5, -0.5, 0.1]}, pd.date_range("2024-03-01", periods=3))


@pytest.fixture(scope="module")
def with_a_past_feature():
    days = pd.date_range("2024-01-01", periods=60)
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"plan": rng.normal(size=60), "seen": rng.normal(size=60)}, days)
    y = pd.Series(rng.normal(size=60), days)
    forecaster = tiny(horizon=3, past_features="seen", calendar=None, validation_fraction=0.2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return forecaster.fit(X, y)


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.filterwarnings("ignore::skrnn.exceptions.LostIndexWarning")
@pytest.mark.parametrize("container", ["frame", "array", "list", "polars", "arrow"])
def test_a_past_feature_is_never_asked_for(container, with_a_past_feature):
    rows = {
        "frame": lambda: ROWS,
        "array": ROWS.to_numpy,
        "list": ROWS.to_numpy().tolist,
        "polars": lambda: pytest.importorskip("polars").from_pandas(ROWS.reset_index(drop=True)),
        "arrow": lambda: pytest.importorskip("pyarrow").Table.from_pandas(
            ROWS.reset_index(drop=True), preserve_index=False
        ),
    }[container]()
    forecaster, whole = with_a_past_feature, ROWS.assign(seen=7.0)
    for method in ("predict", "predict_interval"):
        got, expected = getattr(forecaster, method)(rows), getattr(forecaster, method)(whole)
        np.testing.assert_array_equal(np.asarray(got), np.asarray(expected))
    paths = forecaster.sample_paths(3, rows, random_state=0)
    expected = forecaster.sample_paths(3, whole, random_state=0)
    np.testing.assert_array_equal(np.asarray(paths), np.asarray(expected))


def test_values_alone_are_scored_where_no_column_is_read():
    days = pd.date_range("2024-01-01", periods=63)
    rng = np.random.default_rng(0)
    X, y = pd.DataFrame({"seen": rng.normal(size=63)}, days), pd.Series(rng.normal(size=63), days)
    forecaster = tiny(horizon=3, past_features="seen", calendar=None).fit(X[:60], y[:60])
    assert forecaster.score(y[60:]) == forecaster.score(X[60:], y[60:])
