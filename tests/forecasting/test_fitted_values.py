"""In-sample forecasts of training rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.forecasting.daily_series import FEATURES, HORIZON, PANEL, PANEL_FEATURES, WIDE, Y, tiny


def test_a_block_of_training_rows_is_the_forecast_from_the_rows_before_it():
    fitted = tiny().fit(Y)
    said = fitted.fitted_values()
    pd.testing.assert_series_equal(fitted.predict(Y), said)
    # 34 rows: a first block of 2, and eight of 4.
    np.testing.assert_allclose(said[:2], Y.mean())
    for start in range(2, len(Y), HORIZON):
        ahead = fitted.predict(history=Y[:start])
        np.testing.assert_allclose(said[start : start + HORIZON], ahead, rtol=1e-6)


def test_blocks_of_a_panel_end_with_each_series():
    fitted = tiny().fit(PANEL_FEATURES, PANEL)
    said = fitted.predict(PANEL_FEATURES)
    for name, part in PANEL.groupby(level=0):
        first = len(part) % HORIZON or HORIZON
        np.testing.assert_allclose(said[name][:first], part.mean())
        for start in range(first, len(part), HORIZON):
            asked = PANEL_FEATURES.loc[[name]][start : start + HORIZON]
            ahead = fitted.predict(
                asked, history=part[:start], X_history=PANEL_FEATURES.loc[[name]][:start]
            )
            np.testing.assert_allclose(said[name][start : start + HORIZON], ahead, rtol=1e-6)


@pytest.mark.parametrize("start", [6, 18, 30])
@pytest.mark.parametrize("data", [Y, WIDE], ids=["Series", "wide frame"])
def test_later_rows_do_not_change_a_block(data, start):
    fitted = tiny().fit(data)
    changed = data.copy()
    changed.iloc[start:] = changed.iloc[start:].to_numpy()[::-1] * 7 + 1000
    one, other = (fitted.predict(data, history=history) for history in (data, changed))
    same = slice(2, start + HORIZON)
    np.testing.assert_array_equal(one[same], other[same])
    # what comes after has seen the change.
    later = start + HORIZON
    assert later >= len(data) or (np.asarray(one[later:]) != np.asarray(other[later:])).all()


def test_training_rows_are_forecast_the_same_alone_and_together():
    fitted = tiny().fit(FEATURES, Y)
    whole = fitted.predict(FEATURES)
    for part in (slice(5, 6), slice(9, 21), slice(30, 34)):
        np.testing.assert_allclose(fitted.predict(FEATURES[part]), whole[part], rtol=1e-6)
    scattered = FEATURES.iloc[[3, 11, 12, 29]]
    np.testing.assert_allclose(fitted.predict(scattered), whole.iloc[[3, 11, 12, 29]], rtol=1e-6)


def test_rows_before_and_after_the_cutoff_are_forecast_in_one_call():
    fitted = tiny().fit(FEATURES[:28], Y[:28])
    said = fitted.predict(FEATURES[20:])
    np.testing.assert_allclose(said[:8], fitted.predict(FEATURES[20:28]), rtol=1e-6)
    np.testing.assert_allclose(said[8:], fitted.predict(FEATURES[28:]), rtol=1e-6)
