"""What ``RNNForecaster`` says of the past: scores, in-sample forecasts, backtests and updates."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skrnn import RNNForecaster

HORIZON = 4
PERIOD = 4
TINY = {
    "horizon": HORIZON,
    "hidden_size": 3,
    "max_epochs": 1,
    "batch_size": 512,
    "context_length": 8,
    "seasonal_period": PERIOD,
    "validation_fraction": 0,
    "random_state": 0,
}
DAYS = pd.date_range("2024-01-01", periods=34, name="day")


def tiny(**params: Any) -> RNNForecaster:
    return RNNForecaster(**(TINY | params))


def _series(seed: int) -> pd.Series:
    rng = np.random.default_rng(seed)
    steps = np.arange(len(DAYS))
    values = 20 + 6 * np.sin(np.pi * steps / 2) + rng.normal(size=len(steps)).cumsum()
    return pd.Series(values, DAYS, name="load")


Y = _series(0)
WIDE = pd.DataFrame({"north": Y, "south": 50 * _series(1)})
# One series ends three days earlier, and one starts ten days later.
PANEL = pd.concat({"a": Y, "b": _series(1)[:-3], "c": _series(2)[10:]}, names=["site", "day"])
FEATURES = pd.DataFrame({"heat": np.random.default_rng(5).normal(size=len(Y))}, DAYS)
PANEL_FEATURES = pd.DataFrame(
    {"heat": np.random.default_rng(6).normal(size=len(PANEL))}, PANEL.index
)


def before(data: Any, day: Any) -> Any:
    """The rows before a day."""
    return data[data.index.get_level_values(-1) < day]


def since(data: Any, day: Any) -> Any:
    """The rows of a day and after."""
    return data[data.index.get_level_values(-1) >= day]


def weights(forecaster: RNNForecaster) -> np.ndarray:
    return np.concatenate(
        [p.detach().numpy().ravel() for p in forecaster.net_.module_.parameters()]
    )


# --------------------------------------------------------------------------------------
# score
# --------------------------------------------------------------------------------------


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


# --------------------------------------------------------------------------------------
# in-sample forecasts
# --------------------------------------------------------------------------------------


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


# --------------------------------------------------------------------------------------
# backtest
# --------------------------------------------------------------------------------------

BACKTESTS = {
    "Series": (Y, None),
    "wide frame": (WIDE, None),
    "panel": (PANEL, None),
    "times, Series": (Y.to_frame()[[]], Y),
    "features, wide frame": (FEATURES, WIDE),
    "features, panel": (PANEL_FEATURES, PANEL),
    "wide array": (WIDE.to_numpy(), None),
    "features, array": (FEATURES, Y.to_numpy()),
    "arrays": (FEATURES.to_numpy(), Y.to_numpy()),
}
every_backtest = pytest.mark.parametrize("case", BACKTESTS)


def positions_of(data: Any) -> np.ndarray:
    if isinstance(data, np.ndarray):
        return np.arange(len(data))
    return DAYS.get_indexer(data.index.get_level_values(-1))


def part_of(case: str, low: int, high: int) -> tuple[Any, ...]:
    """(y,) or (X, y) at the days numbered from low to high, exclusive."""
    parts = []
    for data in BACKTESTS[case]:
        if data is not None:
            position = positions_of(data)
            parts.append(data[(position >= low) & (position < high)])
    return tuple(parts)


def backtest_by_hand(case: str, cutoffs: list[int], *, refit: bool) -> list[tuple[Any, ...]]:
    """Rows of series, cutoff, time, y and forecast; days are numbered."""
    rows: list[tuple[Any, ...]] = []
    fitted = None
    for number, cutoff in enumerate(cutoffs):
        if refit or fitted is None:
            fitted = tiny().fit(*part_of(case, 0, cutoff + 1))
        else:
            newer = part_of(case, cutoffs[number - 1] + 1, cutoff + 1)
            fitted.update(newer[-1], *newer[:-1])
        asked = part_of(case, cutoff + 1, cutoff + 1 + HORIZON)
        said, actual = fitted.predict(asked[0]), asked[-1]
        if "panel" in case:
            for (name, day), one in said.items():
                rows.append((name, cutoff, DAYS.get_loc(day), actual[name, day], one))
            continue
        table, actual = (np.asarray(one).reshape(len(one), -1) for one in (said, actual))
        names = WIDE.columns if "wide frame" in case else ["load", 1]
        names = [0, 1] if "array" in case else names
        for column in range(table.shape[1]):
            for step in range(len(table)):
                day = cutoff + 1 + step
                rows.append((names[column], cutoff, day, actual[step, column], table[step, column]))
    return rows


def numbered(case: str, times: pd.Series) -> list[int]:
    is_array = case in ("wide array", "arrays")
    return times.tolist() if is_array else DAYS.get_indexer(times).tolist()


@pytest.mark.parametrize("refit", [True, False])
@every_backtest
def test_a_backtest_is_a_loop_of_clones_and_of_updates_without_refit(case, refit):
    X, y = BACKTESTS[case]
    found = tiny().backtest(X, y, n_windows=3, stride=3, refit=refit)
    assert list(found.columns) == ["series", "cutoff", "time", "y", "prediction"]
    expected = backtest_by_hand(case, [23, 26, 29], refit=refit)
    assert found["series"].tolist() == [row[0] for row in expected]
    assert numbered(case, found["cutoff"]) == [row[1] for row in expected]
    assert numbered(case, found["time"]) == [row[2] for row in expected]
    np.testing.assert_array_equal(found["y"], [row[3] for row in expected])
    np.testing.assert_allclose(found["prediction"], [row[4] for row in expected], rtol=1e-6)


def test_without_refit_every_forecast_is_of_the_first_network():
    found = tiny().backtest(Y, n_windows=3, refit=False)
    first = tiny().fit(Y[:22])
    for cutoff, part in found.groupby("cutoff"):
        ahead = first.predict(history=Y[:cutoff])
        np.testing.assert_allclose(part["prediction"], ahead, rtol=1e-6)
    again = tiny().backtest(Y, n_windows=3, refit=True)
    assert (found["prediction"] == again["prediction"]).tolist() == [True] * 4 + [False] * 8


def test_by_default_the_windows_lie_side_by_side_up_to_the_end():
    found = tiny().backtest(Y)
    assert found["time"].tolist() == list(DAYS[-5 * HORIZON :])
    assert (found["time"] > found["cutoff"]).all()


def test_a_series_is_in_the_windows_that_it_has_a_past_and_a_future_in():
    found = tiny().backtest(PANEL, n_windows=6, stride=4)
    windows = found.groupby("series")["cutoff"].agg(["min", "max"])
    # cutoffs 9, 13, ..., 29: "b" ends on day 30, "c" starts on day 10.
    assert windows.loc["b"].tolist() == [DAYS[9], DAYS[29]]
    assert windows.loc["c"].tolist() == [DAYS[13], DAYS[29]]
    assert found[(found["series"] == "b") & (found["cutoff"] == DAYS[29])]["time"].tolist() == [
        DAYS[30]
    ]


def test_what_comes_after_a_cutoff_does_not_change_its_forecasts():
    changed = Y.copy()
    changed[26:] = 1e6
    one, other = (tiny().backtest(y, n_windows=2) for y in (Y, changed))
    np.testing.assert_array_equal(one["prediction"][:HORIZON], other["prediction"][:HORIZON])
    assert (one["prediction"][HORIZON:] != other["prediction"][HORIZON:]).all()


def test_a_missing_value_is_missing_in_a_backtest_too():
    holed = Y.copy()
    holed.iloc[-2] = np.nan
    found = tiny().backtest(holed, n_windows=1)
    assert found["y"].isna().tolist() == [False, False, True, False]
    assert found["prediction"].notna().all()


def test_a_backtest_leaves_the_forecaster_as_it_was():
    unfitted = tiny(callbacks=[])
    was = dict(vars(unfitted))
    unfitted.backtest(Y, n_windows=2)
    assert vars(unfitted) == was
    with pytest.raises(NotFittedError):
        unfitted.predict()
    for refit in (True, False):
        fitted = tiny().fit(Y[:25])
        was, said = dict(vars(fitted)), fitted.predict()
        trained = copy.deepcopy(weights(fitted))
        fitted.backtest(WIDE, n_windows=2, refit=refit)
        assert vars(fitted).keys() == was.keys()
        assert all(vars(fitted)[name] is value for name, value in was.items())
        np.testing.assert_array_equal(weights(fitted), trained)
        pd.testing.assert_series_equal(fitted.predict(), said)


def test_a_backtest_needs_timesteps_before_its_first_cutoff():
    for params in ({"n_windows": 8}, {"n_windows": 2, "stride": 30}):
        with pytest.raises(ValueError, match=r"n_windows: got \d+ cutoffs.*at least four before"):
            tiny().backtest(Y, **params)
    for name in ("n_windows", "stride"):
        for wrong in (0, 1.5, True):
            with pytest.raises(ValueError, match=rf"{name}: got .*Expected an integer of 1"):
                tiny().backtest(Y, **{name: wrong})


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
    pd.testing.assert_series_equal(fitted.update(Y[25:], FEATURES[25:]).predict(future), expected)
    panel = tiny().fit(before(PANEL_FEATURES, DAYS[25]), before(PANEL, DAYS[25]))
    later = panel.update(since(PANEL, DAYS[25]), since(PANEL_FEATURES, DAYS[25]))
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
    one.update(Y[28:], FEATURES[28:])
    other.update(Y.to_numpy()[28:], FEATURES[28:])
    assert one.cutoff_ == other.cutoff_ == DAYS[-1]
    future = FEATURES.set_axis(FEATURES.index + pd.Timedelta(days=34))[:HORIZON]
    np.testing.assert_array_equal(one.predict(future), other.predict(future))
    panel = tiny().fit(before(PANEL_FEATURES, DAYS[25]), before(PANEL, DAYS[25]).to_numpy())
    panel.update(since(PANEL, DAYS[25]).to_numpy(), since(PANEL_FEATURES, DAYS[25]))
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
        ((Y[24:], FEATURES[24:]), "y: got 2024-01-25 in the series.*already has values up to"),
        ((Y[25:],), "X: got None, while fit saw the features"),
        ((Y[25:], FEATURES[26:]), "X: got 8 rows for 9 rows of y"),
        ((Y[25:], FEATURES[24:33]), "X: got the row 2024-01-25.*where y has 2024-01-26"),
        ((WIDE[25:], FEATURES[25:]), "y: got the series"),
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


def late(n_missing: int) -> pd.DataFrame:
    """A table whose second column begins late."""
    return WIDE.where((np.arange(len(WIDE)) >= n_missing)[:, None] | [True, False])


@pytest.mark.parametrize("refit", [True, False])
@pytest.mark.parametrize("is_panel", [True, False])
def test_a_backtest_leaves_out_series_before_their_first_value(refit, is_panel):
    table = late(28)
    y = table.T.stack(future_stack=True) if is_panel else table
    frame = tiny().backtest(y, n_windows=3, stride=3, refit=refit)
    cutoffs = frame.groupby("series")["cutoff"].nunique()
    # cutoffs 24, 27 and 30; with refit=False a table keeps the columns it began with.
    assert cutoffs["north"] == 3
    assert cutoffs.get("south", 0) == (1 if refit or is_panel else 0)
    alone = tiny().backtest(table[["north"]], n_windows=3, stride=3, refit=refit)
    of_north = frame[(frame["series"] == "north") & (frame["cutoff"] < DAYS[28])]
    np.testing.assert_array_equal(of_north["prediction"], alone["prediction"][:8])


def test_a_backtest_without_anything_to_forecast_says_so():
    index = pd.date_range("2024-01-01", periods=40)
    apart = pd.concat({"a": pd.Series(1.0, index[:20]), "b": pd.Series(2.0, index[20:])})
    with pytest.raises(ValueError, match="n_windows: got 1 cutoffs"):
        tiny(horizon=20).backtest(apart, n_windows=1)


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


def test_windows_of_which_no_more_is_asked_do_not_change():
    # the first series ends early: its forecast needs more steps than the other's.
    y = pd.concat({"a": Y[:20], "b": _series(1)}, names=["site", "day"])
    fitted = tiny().fit(y)
    rows = pd.MultiIndex.from_tuples(
        [("a", DAYS[33]), ("b", DAYS[-1] + pd.Timedelta("1D"))], names=["site", "day"]
    )
    both = fitted.predict(pd.DataFrame(index=rows))
    alone = fitted.predict(horizon=14)
    assert both["a"].iloc[0] == alone["a"].loc[DAYS[33]]
    assert both["b"].iloc[0] == alone["b"].iloc[0]
