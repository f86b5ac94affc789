"""The score of a forecaster: its skill against repeating the last season."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.forecasting.daily_series import (
    DAYS,
    FEATURES,
    PANEL,
    PERIOD,
    WIDE,
    Y,
    before,
    since,
    tiny,
)


def skill(actual: Any, said: Any, naive: Any) -> float:
    actual, said, naive = (np.asarray(one, dtype=float) for one in (actual, said, naive))
    return 1 - np.nanmean(np.abs(actual - said)) / np.nanmean(np.abs(actual - naive))


def test_the_score_is_the_skill_against_repeating_the_last_season():
    fitted = tiny().fit(Y[:28])
    came, said = Y[28:], fitted.predict(horizon=6)
    naive = Y.iloc[[24, 25, 26, 27, 24, 25]]
    np.testing.assert_allclose(fitted.score(came), skill(came, said, naive), rtol=1e-12)
    assert fitted.score(came.to_frame()[[]], came) == fitted.score(came)


def test_a_perfect_forecast_scores_one():
    fitted = tiny().fit(Y)
    assert fitted.score(fitted.predict()) == 1.0


def test_a_missing_value_of_the_last_season_is_taken_from_the_season_before():
    past = Y[:28].copy()
    past.iloc[25] = np.nan
    fitted = tiny().fit(past)
    naive = Y.iloc[[24, 21, 26, 27]]
    expected = skill(Y[28:32], fitted.predict(), naive)
    np.testing.assert_allclose(fitted.score(Y[28:32]), expected, rtol=1e-12)


def test_missing_values_are_not_scored():
    fitted = tiny().fit(Y[:28])
    came = Y[28:32].copy()
    came.iloc[1] = np.nan
    naive = Y.iloc[[24, 25, 26, 27]]
    expected = skill(came, fitted.predict(), naive)
    np.testing.assert_allclose(fitted.score(came), expected, rtol=1e-12)
    assert fitted.score(came) != fitted.score(Y[28:32])
    with pytest.raises(ValueError, match="y: got no observed value"):
        fitted.score(came * np.nan)


def test_the_score_of_many_series_is_the_mean_of_their_scores_whatever_their_size():
    cut = DAYS[28]
    for data in (WIDE, PANEL):
        fitted = tiny().fit(before(data, cut))
        came, said = since(data, cut), fitted.predict(since(data, cut))
        scores = []
        for name in ("north", "south") if data is WIDE else ("a", "b", "c"):
            part = [one[name] for one in (before(data, cut), came, said)]
            naive = np.tile(part[0][-PERIOD:], 3)[: len(part[1])]
            scores.append(skill(part[1], part[2], naive))
        np.testing.assert_allclose(fitted.score(came), np.mean(scores), rtol=1e-12)


def test_where_the_naive_forecast_is_exact_only_an_exact_forecast_scores():
    fitted = tiny().fit(Y[:28])
    repeated = pd.Series(Y[24:28].to_numpy(), Y.index[28:32])
    assert fitted.score(repeated) == 0.0
    constant = tiny().fit(Y[:28] * 0 + 5.0)
    assert constant.predict().eq(5.0).all()
    assert constant.score(Y[28:32] * 0 + 5.0) == 1.0
    # next to a series whose naive forecast is not exact.
    wide = tiny().fit(WIDE[:28])
    came = WIDE[28:32].copy()
    came["south"] = WIDE["south"][24:28].to_numpy()
    alone = skill(came["north"], wide.predict()["north"], Y[24:28])
    np.testing.assert_allclose(wide.score(came), (alone + 0) / 2, rtol=1e-12)


def test_scored_series_may_come_in_another_order_of_columns():
    fitted = tiny().fit(WIDE[:28])
    assert fitted.score(WIDE[28:][["south", "north"]]) == fitted.score(WIDE[28:])
    with pytest.raises(ValueError, match=r"y: got the series \['north', 'east'\]"):
        fitted.score(WIDE[28:].rename(columns={"south": "east"}))


def test_scored_rows_of_another_series_or_time_are_refused():
    fitted = tiny().fit(before(PANEL, DAYS[28]))
    came = since(PANEL, DAYS[28])
    other = pd.concat([came.loc[["c"]], came.loc[["b"]], came.loc[["a"]]])
    with pytest.raises(ValueError, match="y: got other times than X"):
        fitted.score(came.to_frame()[[]], other)
    single = tiny().fit(Y[:28])
    with pytest.raises(ValueError, match="y: got other times than X"):
        single.score(FEATURES[28:32], Y[29:33])
