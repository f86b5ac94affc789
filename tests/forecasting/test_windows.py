"""Windows are cut and gathered as a loop does it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skrnn._forecasting.anchors import anchor_forecasts, fill_gaps, level_and_scale
from skrnn._forecasting.features import FeatureRows, FeatureTable
from skrnn._forecasting.networks import transformed
from skrnn._forecasting.smoothed_median import smoothed_median
from skrnn._forecasting.windows import PanelFeatures, Windows, WindowShape, training_cutoffs
from skrnn._series.panel import read_panel, rows_of_index
from tests.forecasting.references import NAN, double, three_series


def cutoffs_by_a_loop(panel, horizon, stop, is_future) -> list[int]:
    found = []
    for start, end, split in zip(panel.starts, panel.stops, stop, strict=True):
        of_series = []
        last = end if is_future else split
        for row in range(start, end):
            if np.isnan(panel.values[row]):
                continue
            n_known = np.count_nonzero(~np.isnan(panel.values[start : row + 1]))
            targets = panel.values[row + 1 : min(row + horizon + 1, last)]
            if n_known < 3 or not (~np.isnan(targets)).any() or (is_future and row + 1 < split):
                continue
            of_series.append((row, len(targets) == horizon))
        whole = [row for row, is_whole in of_series if is_whole]
        found += whole
        if not whole and last == end:
            found += [row for row, _ in of_series]
    return found


@given(
    st.lists(st.lists(st.booleans(), min_size=1, max_size=14), min_size=1, max_size=3),
    st.integers(1, 6),
    st.floats(0, 1),
    st.booleans(),
)
def test_cutoffs_have_three_values_before_and_one_among_their_targets(
    observed, horizon, share, is_future
):
    rows = [(name, row) for name, one in enumerate(observed) for row in range(len(one) + 1)]
    values = [1.0 if is_there else NAN for one in observed for is_there in [*one, True]]
    panel = read_panel(pd.Series(values, pd.MultiIndex.from_tuples(rows, names=["s", "t"])))
    stop = panel.starts + np.round(share * panel.lengths).astype(int)
    got = training_cutoffs(panel, horizon, stop=stop, is_future=is_future)
    assert got.tolist() == cutoffs_by_a_loop(panel, horizon, stop, is_future)
    whole = training_cutoffs(panel, horizon)
    assert whole.tolist() == cutoffs_by_a_loop(panel, horizon, panel.stops, False)


@pytest.mark.parametrize("is_table", [False, True])
@pytest.mark.parametrize("n_tail", [0, 4, 9])
def test_a_batch_is_what_a_loop_gathers(is_table, n_tail):
    y = three_series()
    if is_table:
        y = y.unstack(0)
    panel = read_panel(y)
    index = y.index
    columns = ["plan", "seen", "kind"]
    X = pd.DataFrame(np.random.default_rng(1).normal(size=(len(index), 3)), index, columns)
    X["kind"] = "one" if is_table else X.index.get_level_values(0).astype(str)
    rows = FeatureRows(X, *rows_of_index(index, panel=panel, name="y"))
    table = FeatureTable.learn(
        rows, past_features=["seen"], static_features=["kind"], calendar=("day_of_week",)
    )
    features = table.lay_out(panel, [rows], 0, n_before=6)
    shape = WindowShape(6, 3, (2,), torch.float64)
    cutoffs = training_cutoffs(panel, 3)
    tail = np.random.default_rng(2).normal(size=(len(cutoffs), n_tail)) if n_tail else None
    windows = Windows(panel, features, cutoffs, shape, torch.device("cpu"), tail=tail)
    batch = windows.batch(np.arange(len(cutoffs)))
    history, future, static, anchors, scale = batch.inputs

    mean, spread = X[["plan", "seen"]].mean(), X[["plan", "seen"]].std(ddof=0)
    scaled = ((X[["plan", "seen"]] - mean) / spread).astype(np.float32)
    for number, cutoff in enumerate(cutoffs):
        series = int(np.searchsorted(panel.starts, cutoff, side="right")) - 1
        name = panel.ids[series]
        of_series = y[name]
        end = of_series.index.get_loc(
            of_series.index[0] + pd.Timedelta(cutoff - panel.starts[series], "D")
        )
        times = of_series.index[end] + pd.to_timedelta(np.arange(n_tail - 5, n_tail + 4), "D")
        values = of_series.reindex(times).to_numpy(copy=True)
        known = scaled if is_table else scaled.loc[name]
        plan = known["plan"].reindex(times).fillna(0.0).to_numpy()
        seen = known["seen"].where(known.index <= of_series.index[end])
        seen = seen.reindex(times).fillna(0.0).to_numpy()
        if n_tail:
            for step in range(n_tail):
                place = 6 - n_tail + step
                if place >= 0:
                    values[place] = tail[number, step]
        past, target = values[:6], values[6:]
        filled = fill_gaps(double(past.tolist()), 2)
        level, width = (one.item() for one in level_and_scale(double(past.tolist()), filled, 2))
        np.testing.assert_allclose(scale[number], [level, width])
        np.testing.assert_allclose(history[number, :, 0], (filled[0] - level) / width)
        np.testing.assert_array_equal(history[number, :, 1], ~np.isnan(past))
        np.testing.assert_allclose(history[number, :, 2], seen[:6])
        np.testing.assert_allclose(history[number, :, 3], plan[:6])
        np.testing.assert_allclose(future[number, :, 0], plan[6:])
        weekdays = np.eye(7)[[time.weekday() for time in times]]
        inside = times <= pd.Timestamp("2024-01-20")
        np.testing.assert_array_equal(history[number, :, 4:], (weekdays * inside[:, None])[:6])
        np.testing.assert_array_equal(future[number, :, 1:], (weekdays * inside[:, None])[6:])
        kinds = ["one"] if is_table else ["b", "a", "c"]
        expected = [1.0] if is_table else [float(kind == name) for kind in kinds]
        np.testing.assert_array_equal(static[number], expected)
        by_hand = anchor_forecasts(filled, 3, (2,))[0]
        smoothed = smoothed_median(past[None], horizon=3, period=2)
        by_hand = np.concatenate([by_hand, smoothed])
        np.testing.assert_allclose(anchors[number], (by_hand - level) / width, atol=1e-12)
        np.testing.assert_allclose(batch.y[number], (target - level) / width)
    np.testing.assert_array_equal(
        windows.series, np.searchsorted(panel.starts, cutoffs, "right") - 1
    )


def small_windows(n_timesteps=30, per_epoch=None) -> Windows:
    panel = read_panel(np.arange(float(n_timesteps)) ** 2)
    nothing = np.zeros((n_timesteps, 0), dtype=np.float32)
    features = PanelFeatures(nothing, nothing, 0, nothing, nothing, np.zeros((1, 0), np.float32))
    shape = WindowShape(6, 3, (1,), torch.float32)
    cutoffs = training_cutoffs(panel, 3)
    return Windows(panel, features, cutoffs, shape, torch.device("cpu"), per_epoch)


@pytest.mark.parametrize(("per_epoch", "batch_size"), [(100, 16), (100, 1000), (7, 3), (24, 24)])
def test_an_epoch_draws_every_window_as_often_as_every_other(per_epoch, batch_size):
    windows = small_windows(per_epoch=per_epoch)
    batches = windows.training_batches(batch_size, np.random.default_rng(0))
    assert len(windows) == per_epoch == sum(map(len, batches))
    sizes = {len(batch) for batch in batches}
    assert max(sizes) <= batch_size and max(sizes) - min(sizes) <= 1
    n_windows = len(windows.cutoffs)
    counts = np.bincount(np.concatenate(batches), minlength=n_windows)
    if per_epoch >= n_windows:
        assert np.ptp(counts) <= 1
    again = windows.training_batches(batch_size, np.random.default_rng(0))
    assert all(np.array_equal(a, b) for a, b in zip(again, batches, strict=True))


def test_all_windows_are_predicted_once():
    windows = small_windows()
    seen = np.concatenate([part[:n_valid] for part, n_valid in windows.prediction_batches()])
    assert sorted(seen) == list(range(len(windows.cutoffs)))
    level, scale = windows.levels_and_scales()
    one_by_one = [windows.batch(np.array([n])).inputs[4][0] for n in range(len(level))]
    np.testing.assert_allclose(np.stack([level, scale], 1), torch.stack(one_by_one), rtol=1e-6)
    expected = [[(c + step) ** 2 for step in (1, 2, 3)] for c in windows.cutoffs]
    np.testing.assert_array_equal(windows.targets(), expected)


def test_far_values_reach_the_network_as_finite_numbers():
    panel = read_panel(np.r_[np.ones(9), 1e100, np.zeros(9), 1e140])
    nothing = np.zeros((20, 0), dtype=np.float32)
    features = PanelFeatures(nothing, nothing, 0, nothing, nothing, np.zeros((1, 0), np.float32))
    shape = WindowShape(6, 3, (1,), torch.float32)
    windows = Windows(panel, features, training_cutoffs(panel, 3), shape, torch.device("cpu"))
    batch = windows.batch(np.arange(len(windows.cutoffs)))
    for part in (*batch.inputs[:4], batch.y):
        assert part.isfinite().all()
    assert (batch.y.abs() ** 2).isfinite().all()


def test_the_log_panel_holds_logarithms():
    y = three_series().abs() + 1
    panel = read_panel(y)
    np.testing.assert_array_equal(transformed(panel, "log").values, np.log(panel.values))
    assert transformed(panel, None) is panel
