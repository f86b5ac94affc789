"""Updates: the same network goes on with newer timesteps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from tests.forecasting.daily_series import (
    DAYS,
    FEATURES,
    HORIZON,
    PANEL,
    PANEL_FEATURES,
    WIDE,
    Y,
    before,
    since,
    tiny,
    weights,
)

# --------------------------------------------------------------------------------------
# update
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [Y, WIDE, PANEL], ids=["Series", "wide frame", "panel"])
def test_an_update_forecasts_as_the_same_network_with_the_whole_history(data):
    cut = DAYS[25]
    fitted = tiny().fit(before(data, cut))
    expected, trained = fitted.predict(history=data), weights(fitted)
    assert fitted.update(since(data, cut)) is fitted
    said = fitted.predict()
    assert said.index.equals(expected.index)
    np.testing.assert_array_equal(said, expected)
    np.testing.assert_array_equal(weights(fitted), trained)
    if data is PANEL:
        assert fitted.cutoff_.to_dict() == {"a": DAYS[33], "b": DAYS[30], "c": DAYS[33]}
    else:
        assert fitted.cutoff_ == DAYS[33]


def test_an_update_with_features_forecasts_with_the_whole_history():
    future = FEATURES.set_axis(FEATURES.index + pd.Timedelta(days=34))[:HORIZON]
    fitted = tiny(past_features=None).fit(FEATURES[:25], Y[:25])
    expected = fitted.predict(future, history=Y, X_history=FEATURES)
    pd.testing.assert_series_equal(fitted.update(FEATURES[25:], Y[25:]).predict(future), expected)
    panel = tiny().fit(before(PANEL_FEATURES, DAYS[25]), before(PANEL, DAYS[25]))
    later = panel.update(since(PANEL_FEATURES, DAYS[25]), since(PANEL, DAYS[25]))
    index = pd.MultiIndex.from_product([["c", "a"], DAYS[-1:] + pd.Timedelta(days=1)])
    asked = pd.DataFrame({"heat": [0.5, -0.5]}, index)
    np.testing.assert_array_equal(
        later.predict(asked), panel.predict(asked, history=PANEL, X_history=PANEL_FEATURES)
    )


def test_updates_in_steps_are_one_update():
    once = tiny().fit(Y[:25]).update(Y[25:])
    steps = tiny().fit(Y[:25]).update(Y[25:28]).update(Y[28:29]).update(Y[29:])
    pd.testing.assert_series_equal(once.predict(), steps.predict())
    pd.testing.assert_series_equal(once.fitted_values(), steps.fitted_values())


def test_an_update_after_a_gap_leaves_missing_values():
    fitted = tiny().fit(Y[:25])
    holed = Y.copy()
    holed[25:28] = np.nan
    expected = fitted.predict(history=holed)
    pd.testing.assert_series_equal(fitted.update(Y[28:]).predict(), expected)


def test_a_panel_may_gain_a_series():
    fitted = tiny().fit(PANEL.loc[["a", "b"]])
    expected = fitted.predict(history=PANEL)
    pd.testing.assert_series_equal(fitted.update(PANEL.loc[["c"]]).predict(), expected)


def test_arrays_go_on_after_the_cutoff():
    expected = tiny(calendar=None).fit(Y[:25]).update(Y[25:]).predict()
    for first, more in ((Y, Y.to_numpy()), (Y, Y.tolist()), (Y.to_numpy(), Y.to_numpy())):
        said = tiny(calendar=None).fit(first[:25]).update(more[25:]).predict()
        assert type(said) is type(first)
        np.testing.assert_array_equal(said, expected)


def test_an_array_takes_the_times_of_its_features():
    one, other = (tiny().fit(FEATURES[:25], y[:25]) for y in (Y, Y.to_numpy()))
    one.update(FEATURES[28:], Y[28:])
    other.update(FEATURES[28:], Y.to_numpy()[28:])
    assert one.cutoff_ == other.cutoff_ == DAYS[-1]
    future = FEATURES.set_axis(FEATURES.index + pd.Timedelta(days=34))[:HORIZON]
    np.testing.assert_array_equal(one.predict(future), other.predict(future))
    panel = tiny().fit(before(PANEL_FEATURES, DAYS[25]), before(PANEL, DAYS[25]).to_numpy())
    panel.update(since(PANEL_FEATURES, DAYS[25]), since(PANEL, DAYS[25]).to_numpy())
    assert panel.cutoff_.to_dict() == {"a": DAYS[33], "b": DAYS[30], "c": DAYS[33]}


def test_refit_goes_on_training_on_all_timesteps():
    fitted = tiny(max_epochs=2).fit(Y[:25])
    trained = weights(fitted)
    fitted.update(Y[25:], refit=True)
    assert fitted.cutoff_ == DAYS[33]
    assert (weights(fitted) != trained).any()
    assert fitted.n_iter_ == len(fitted.loss_curve_) == 4
    kept = tiny(max_epochs=2).fit(Y[:25]).update(Y[25:])
    assert (fitted.predict() != kept.predict()).all()
    # training went on from the weights there were: not what a new fit comes to.
    assert (fitted.predict() != tiny(max_epochs=2).fit(Y).predict()).all()
    assert kept.n_iter_ == 2


def test_a_refused_update_leaves_the_forecaster_as_it_was():
    fitted = tiny().fit(FEATURES[:25], Y[:25])
    was = dict(vars(fitted))
    cases = [
        ((FEATURES[24:], Y[24:]), "y: got 2024-01-25 in the series.*already has values up to"),
        ((Y[25:],), "X: got None, while fit saw the features"),
        ((FEATURES[26:], Y[25:]), "X: got 8 rows for 9 rows of y"),
        ((FEATURES[24:33], Y[25:]), "X: got the row 2024-01-25.*where y has 2024-01-26"),
        ((FEATURES[25:], WIDE[25:]), "y: got the series"),
    ]
    for given, message in cases:
        with pytest.raises(ValueError, match=message):
            fitted.update(*given)
        assert all(vars(fitted)[name] is value for name, value in was.items())
    with pytest.raises(NotFittedError):
        clone(fitted).update(Y)


def test_a_history_with_features_of_other_rows_is_refused():
    fitted = tiny().fit(FEATURES, Y)
    with pytest.raises(ValueError, match=r"X_history: got the row .* where history has"):
        fitted.predict(FEATURES[30:], history=Y[:20], X_history=FEATURES[5:25])


# --------------------------------------------------------------------------------------
# series that have not begun
# --------------------------------------------------------------------------------------


def test_an_update_refuses_new_series_without_a_value_and_wide_gaps():
    fitted = tiny().fit(PANEL)
    empty = pd.concat({"new": Y[:5] * np.nan}, names=["site", "day"])
    with pytest.raises(ValueError, match="new series without any value: 'new'"):
        fitted.update(empty)
    numbered = tiny().fit(Y.reset_index(drop=True))
    for far in (10**9, 10**12, 2**62):
        with pytest.raises(ValueError, match="steps of frequency"):
            numbered.update(pd.Series([1.0], index=[far]))
    np.testing.assert_array_equal(numbered.predict(), tiny().fit(Y.to_numpy()).predict())
