"""Nothing after the cutoff can change a forecast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from skorch.callbacks import Callback

from skrnn._forecasting.features import FeatureRows, FeatureTable
from skrnn._forecasting.windows import Windows, WindowShape, training_cutoffs
from skrnn._series.panel import read_panel, rows_of_index
from tests.forecasting.series import features_of, stacked, tiny, walk, weights_of

GARBAGE = [1e9, -1e-9, np.nan]


def laid_out(kind: str):
    """A panel with gaps, the features beside it, and all cutoffs of its windows."""
    y = walk(30)
    y.iloc[[4, 17, 25]] = np.nan
    if kind == "panel":
        y = pd.concat({"a": walk(20, 1), "b": y, "c": walk(9, 2)}, names=["shop"])
    panel = read_panel(y)
    rows = FeatureRows(features_of(y.index), *rows_of_index(y.index, panel=panel, name="y"))
    table = FeatureTable.learn(
        rows, past_features="seen", static_features=None, calendar=("day_of_week",)
    )
    return panel, table.lay_out(panel, [rows], 0), training_cutoffs(panel, 4)


@pytest.mark.parametrize("n_tail", [0, 3])
@pytest.mark.parametrize("kind", ["series", "panel"])
@pytest.mark.parametrize("garbage", GARBAGE)
def test_inputs_of_a_window_do_not_depend_on_rows_after_its_cutoff(kind, n_tail, garbage):
    panel, features, cutoffs = laid_out(kind)
    shape = WindowShape(12, 4, (4,), torch.float32)
    tail = np.full((len(cutoffs), n_tail), 50.0) if n_tail else None

    def batch(panel, features, numbers):
        windows = Windows(panel, features, cutoffs, shape, torch.device("cpu"), tail=tail)
        return windows.batch(np.array(numbers))

    expected = batch(panel, features, range(len(cutoffs)))
    assert len(cutoffs) > 20
    n_other_targets = 0
    for number, cutoff in enumerate(cutoffs):
        series = int(np.searchsorted(panel.starts, cutoff, side="right")) - 1
        rows = np.arange(len(panel.values))
        is_unknown = (rows < panel.starts[series]) | (rows > cutoff)
        past, shared = features.past.copy(), features.past_by_position.copy()
        past[is_unknown] = garbage
        shared[cutoff - panel.starts[series] + panel.first[series] + 1 :] = garbage
        spoilt = batch(
            replace(panel, values=np.where(is_unknown, garbage, panel.values)),
            replace(features, past=past, past_by_position=shared),
            [number],
        )
        for one, other in zip(spoilt.inputs, expected.inputs, strict=True):
            torch.testing.assert_close(one[0], other[number], rtol=0, atol=0)
        n_other_targets += not torch.equal(spoilt.y[0], expected.y[number])
    assert n_other_targets == len(cutoffs)


@pytest.fixture(scope="module")
def with_features():
    """Fitted beside a feature known in advance and one known up to the cutoff only."""
    y = walk(60)
    return tiny(past_features="seen").fit(features_of(y.index), y)


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("horizon", [3, 4, 11])
def test_past_features_after_the_cutoff_are_never_read(with_features, garbage, horizon):
    later = pd.date_range("2024-03-01", periods=horizon, name="day")
    X = features_of(later)
    expected = with_features.predict(X)
    assert expected.notna().all()
    pd.testing.assert_series_equal(with_features.predict(X.assign(seen=garbage)), expected)
    assert not np.allclose(with_features.predict(X.assign(plan=3.0)), expected)


def test_past_features_after_the_cutoff_may_be_anything(with_features):
    X = features_of(pd.date_range("2024-03-01", periods=9, name="day"))
    expected = with_features.predict(X)
    for anything in ("unknown", np.inf, None, pd.NaT):
        pd.testing.assert_series_equal(with_features.predict(X.assign(seen=anything)), expected)


@pytest.mark.parametrize("garbage", GARBAGE)
def test_past_features_of_rows_after_the_last_observation_are_never_read(with_features, garbage):
    # their y is missing, so the cutoff is before them.
    y = walk(40).where(np.arange(40) < 31)
    X = features_of(y.index)
    later = features_of(pd.date_range("2024-02-10", periods=5, name="day"))
    spoilt = X.assign(seen=X["seen"].where(np.arange(40) < 31, garbage))
    expected = with_features.predict(later, history=y, X_history=X)
    got = with_features.predict(later, history=y, X_history=spoilt)
    pd.testing.assert_series_equal(got, expected)


def test_past_features_up_to_the_cutoff_are_read(with_features):
    y = walk(40)
    X = features_of(y.index)
    later = features_of(pd.date_range("2024-02-10", periods=5, name="day"))
    other = X.assign(seen=X["seen"].where(np.arange(40) != 39, 5.0))
    expected = with_features.predict(later, history=y, X_history=X)
    assert not np.allclose(with_features.predict(later, history=y, X_history=other), expected)


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("decoder", ["segment", "direct", "recursive"])
@pytest.mark.parametrize("gap", [0, 6])
def test_a_block_of_known_rows_is_forecast_from_the_rows_before_it(decoder, gap, garbage):
    y = walk(60)
    X = features_of(y.index)
    fitted = tiny(decoder=decoder, past_features="seen").fit(X, y)
    block = slice(40, 44)  # the blocks of four end with the series
    y = y.where((np.arange(60) < 40 - gap) | (np.arange(60) >= 40))
    expected = fitted.predict(X[block], history=y, X_history=X)
    spoilt = fitted.predict(
        X[block].assign(seen=garbage),
        history=y.where(np.arange(60) < 40, garbage),
        X_history=X.assign(seen=X["seen"].where(np.arange(60) < 40 - gap, garbage)),
    )
    pd.testing.assert_series_equal(spoilt, expected)
    # a last block of four reads the features of all its steps.
    ahead = fitted.predict(X[40 - gap : 46], history=y[: 40 - gap], X_history=X[: 40 - gap])
    np.testing.assert_allclose(ahead[gap : gap + 4], expected, rtol=1e-6)


@pytest.mark.parametrize("garbage", GARBAGE[:2])
def test_fitted_values_of_a_block_do_not_change_with_what_came_after(garbage):
    fitted = tiny().fit(walk(60))
    y = walk(30, 5)
    blocks = y.index[2:].to_frame()[[]]
    expected = fitted.predict(blocks, history=y)
    for start in range(6, 30, 4):
        spoilt = fitted.predict(blocks, history=y.where(np.arange(30) < start, garbage))
        pd.testing.assert_series_equal(spoilt[: start + 2], expected[: start + 2])


@pytest.mark.slow
@pytest.mark.parametrize("refit", [True, False])
@pytest.mark.parametrize("kind", ["series", "panel"])
@pytest.mark.parametrize("garbage", [1e9, np.nan])
def test_a_backtest_does_not_look_past_its_cutoffs(kind, refit, garbage):
    y = walk(40)
    if kind == "panel":
        y = pd.concat({"a": walk(40, 1), "b": y[5:38]}, names=["shop"])
    X = features_of(y.index)
    days = y.index.get_level_values("day")
    expected = tiny(past_features="seen").backtest(X, y, n_windows=3, refit=refit)
    for cutoff in expected["cutoff"].unique():
        is_known = days <= cutoff
        spoilt = tiny(past_features="seen").backtest(
            X.assign(seen=X["seen"].where(is_known, garbage)),
            y.where(is_known, garbage),
            n_windows=3,
            refit=refit,
        )
        columns = ["series", "cutoff", "time", "prediction"]
        pd.testing.assert_frame_equal(
            spoilt.loc[spoilt["cutoff"] <= cutoff, columns],
            expected.loc[expected["cutoff"] <= cutoff, columns],
        )


class StopBeforeTheLastTraining(Callback):
    """Interrupts the training on all windows, so that what was held out stays unseen."""

    n_trainings = 0

    def on_train_begin(self, net, **kwargs):
        type(self).n_trainings += 1

    def on_epoch_end(self, net, **kwargs):
        if type(self).n_trainings == 2:
            raise KeyboardInterrupt


@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_network_that_tells_the_skill_has_not_seen_what_is_held_out(early_stopping):
    def learned(y):
        StopBeforeTheLastTraining.n_trainings = 0
        forecaster = tiny(
            callbacks=[StopBeforeTheLastTraining()],
            early_stopping=early_stopping,
            validation_fraction=0.25,
        )
        with pytest.raises(KeyboardInterrupt):
            forecaster.fit(y)
        return forecaster

    y = walk(60)
    expected = learned(y)
    for garbage in (1e6, -3.0):
        spoilt = learned(y.where(np.arange(60) < 45, garbage * np.arange(60)))
        np.testing.assert_array_equal(weights_of(spoilt), weights_of(expected))
        assert spoilt.skill_ != expected.skill_


def test_nor_what_is_held_out_of_a_series_with_a_long_gap():
    def learned(y):
        StopBeforeTheLastTraining.n_trainings = 0
        forecaster = tiny(callbacks=[StopBeforeTheLastTraining()], validation_fraction=0.25)
        with pytest.raises(KeyboardInterrupt):
            forecaster.fit(y)
        return weights_of(forecaster)

    steps = np.arange(30)
    gappy = walk(30, 1).where((steps == 0) | (steps >= 19))
    spoilt = gappy.where(steps < 22, 1e6 * steps)
    others = {"long": walk(60)}
    expected = learned(stacked({**others, "gappy": gappy}))
    np.testing.assert_array_equal(learned(stacked({**others, "gappy": spoilt})), expected)


def test_quantiles_and_paths_of_known_rows_do_not_look_past_their_block():
    fitted = tiny(validation_fraction=0.3).fit(walk(60))
    y = walk(30, 5)
    rows = y.index[2:14].to_frame()[[]]
    spoilt = y.where(np.arange(30) < 14, 1e9)
    for method in ("predict_quantiles", "predict_interval", "sample_paths"):
        answers = [getattr(fitted, method)(X=rows, history=data)[:12] for data in (y, spoilt)]
        pd.testing.assert_frame_equal(answers[1], answers[0])
