import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skrnn import RNNRegressor
from skrnn.preprocessing import sliding_windows

SERIES = np.arange(10.0)
TWO = np.stack([SERIES, -SERIES], axis=1)


@given(
    n_timesteps=st.integers(1, 30),
    context_length=st.integers(1, 6),
    horizon=st.integers(0, 4),
    stride=st.integers(1, 5),
    n_features=st.integers(1, 3),
)
def test_windows_and_targets_are_what_a_loop_over_starts_gives(
    n_timesteps, context_length, horizon, stride, n_features
):
    n_timesteps = max(n_timesteps, context_length + horizon)
    X = np.arange(n_timesteps * n_features, dtype=float).reshape(n_timesteps, n_features)
    y = -np.arange(n_timesteps)
    windows, targets = sliding_windows(
        X, y, context_length=context_length, horizon=horizon, stride=stride
    )
    starts = range(0, n_timesteps - context_length - horizon + 1, stride)
    assert len(windows) == len(targets) == len(starts) > 0
    for start, window, target in zip(starts, windows, targets, strict=True):
        end = start + context_length
        np.testing.assert_array_equal(window, X[start:end])
        expected = y[end - 1 : end] if horizon == 0 else y[end : end + horizon]
        np.testing.assert_array_equal(np.atleast_1d(target), expected)


@pytest.mark.parametrize(
    "X, y, horizon, expected",
    [
        (SERIES, None, 1, (7,)),
        (SERIES, None, 2, (6, 2)),
        (TWO, None, 1, (7, 2)),
        (TWO, None, 2, (6, 2, 2)),
        (TWO, SERIES, 0, (8,)),
        (TWO, SERIES, 1, (7,)),
        (TWO, SERIES, 2, (6, 2)),
        (TWO, SERIES[:, None], 2, (6, 2)),
        (SERIES, TWO, 0, (8, 2)),
        (SERIES, TWO, 2, (6, 2, 2)),
    ],
)
def test_the_shape_of_the_targets(X, y, horizon, expected):
    windows, targets = sliding_windows(X, y, context_length=3, horizon=horizon)
    assert targets.shape == expected
    assert windows.shape == (expected[0], 3, 1 if X is SERIES else 2)


def test_a_horizon_of_0_takes_y_at_the_last_timestep_of_the_window():
    windows, targets = sliding_windows(SERIES, SERIES * 10, context_length=4, horizon=0, stride=3)
    np.testing.assert_array_equal(targets, windows[:, -1, 0] * 10)
    assert targets[-1] == 90.0


def test_no_window_spans_two_series():
    first, second = np.arange(5.0), np.arange(100.0, 106.0)
    windows, targets = sliding_windows([first, second], context_length=2, horizon=2)
    assert len(windows) == 2 + 3
    spans = np.concatenate([windows[:, :, 0], targets], axis=1)
    np.testing.assert_array_equal(np.diff(spans, axis=1), 1.0)


def test_a_list_of_series_is_each_series_for_itself():
    windows, targets = sliding_windows([TWO, TWO[:6]], [SERIES, SERIES[:6]], context_length=3)
    parts = [
        sliding_windows(X, y, context_length=3) for X, y in [(TWO, SERIES), (TWO[:6], SERIES[:6])]
    ]
    np.testing.assert_array_equal(windows, np.concatenate([part[0] for part in parts]))
    np.testing.assert_array_equal(targets, np.concatenate([part[1] for part in parts]))


def test_a_3d_array_is_a_list_of_series_whose_padding_is_no_timestep():
    padded = np.stack([TWO, TWO])
    padded[1, 6:] = np.nan
    y = np.stack([SERIES, SERIES])
    windows, targets = sliding_windows(padded, y, context_length=3)
    expected = sliding_windows([TWO, TWO[:6]], [SERIES, SERIES[:6]], context_length=3)
    np.testing.assert_array_equal(windows, expected[0])
    np.testing.assert_array_equal(targets, expected[1])


def test_every_container_of_one_series_gives_the_same_windows():
    expected = sliding_windows(TWO, context_length=3)
    times = pd.date_range("2024", periods=10)
    for X in (pd.DataFrame(TWO), pd.DataFrame(TWO, index=times), torch.from_numpy(TWO)):
        for part, other in zip(sliding_windows(X, context_length=3), expected, strict=True):
            np.testing.assert_array_equal(part, other)
    expected = sliding_windows(SERIES, context_length=3)
    for X in (pd.Series(SERIES, index=times), SERIES.tolist(), tuple(SERIES), SERIES[:, None]):
        for part, other in zip(sliding_windows(X, context_length=3), expected, strict=True):
            np.testing.assert_array_equal(part, other)


def test_series_of_series_are_read_as_a_list():
    objects = np.empty(2, dtype=object)
    objects[:] = [SERIES, SERIES[:5]]
    for X in (objects, pd.Series([SERIES, SERIES[:5]])):
        assert len(sliding_windows(X, context_length=3)[0]) == 7 + 2


def test_the_dtype_of_the_series_is_kept():
    windows, targets = sliding_windows(SERIES.astype(np.float32), context_length=3)
    assert windows.dtype == targets.dtype == np.float32


def test_targets_may_be_labels():
    states = np.array(list("aabbbccccc"))
    _, targets = sliding_windows(SERIES, states, context_length=4, horizon=0)
    assert targets.tolist() == list("bbccccc")


def test_the_windows_of_one_series_need_no_memory_and_cannot_be_written_to():
    windows, targets = sliding_windows(np.zeros(10_000), context_length=500)
    assert windows.strides[0] == windows.strides[1] == 8
    assert not windows.flags.writeable and not targets.flags.writeable


def test_the_series_is_not_modified():
    X, y = TWO.copy(), SERIES.copy()
    sliding_windows([X], [y], context_length=3)
    np.testing.assert_array_equal(X, TWO)
    np.testing.assert_array_equal(y, SERIES)


def test_windows_and_targets_train_a_regressor():
    windows, targets = sliding_windows(np.sin(SERIES), context_length=3)
    network = RNNRegressor(hidden_size=2, max_epochs=1, random_state=0)
    assert network.fit(windows, targets).predict(windows).shape == targets.shape


# ------------------------------------------------------------------------------------- bad input

BACKWARDS = pd.Series(SERIES, index=pd.date_range("2024", periods=10)[::-1])
PANEL = pd.Series(SERIES, index=pd.MultiIndex.from_product([["a", "b"], range(5)]))

BAD_ARGUMENTS = {
    "context_length of 0": ({"context_length": 0}, "context_length: got 0.*1 or more"),
    "context_length of 2.0": ({"context_length": 2.0}, "context_length: got 2.0.*integer"),
    "context_length of True": ({"context_length": True}, "context_length: got True"),
    "a negative horizon": ({"horizon": -1}, "horizon: got -1.*0 or more"),
    "a horizon of text": ({"horizon": "1"}, "horizon: got '1'.*integer"),
    "a stride of 0": ({"stride": 0}, "stride: got 0.*1 or more"),
    "a horizon of 0 without y": ({"horizon": 0}, "horizon: got 0 without y.*Pass y"),
    "None": ({"X": None}, "X: got None.*list of series"),
    "text": ({"X": "series"}, "X: got a str"),
    "a mapping": ({"X": {"a": SERIES}}, r"X: got a dict.*list\(X\.values"),
    "a generator": ({"X": (x for x in [SERIES])}, r"X: got a generator.*list\(X\)"),
    "an empty list": ({"X": []}, "X: got an empty list.*at least one series"),
    "four dimensions": ({"X": np.zeros((2, 3, 4, 5))}, "X: .*reshape"),
    "a number": ({"X": np.array(3.0)}, r"X: .*shape \(\)"),
    "a short series": ({"X": SERIES[:3]}, "X: got a series of 3 timesteps.*at least 4.*Lower"),
    "a short series among others": (
        {"X": [SERIES, SERIES[:2]]},
        r"X: got 1 series too short \(series 1 has 2\).*at least 4.*keep",
    ),
    "different features": ({"X": [SERIES, TWO]}, "X: got 1 feature.*2 in series 1"),
    "infinity": ({"X": np.append(SERIES, np.inf)}, "X: got infinity"),
    "infinity in the second": ({"X": [SERIES, np.append(SERIES, np.inf)]}, r"X\[1\]: got infinity"),
    "only missing values": ({"X": np.full(9, np.nan)}, "X: .*all NaN"),
    "words": ({"X": ["a", "b"]}, r"X\[0\]: got text"),
    "a column of words": (
        {"X": pd.DataFrame({"u": SERIES, "v": list("abcdefghij")})},
        r"X: got the columns \['v'\].*select_dtypes",
    ),
    "descending times": ({"X": BACKWARDS}, r"X: .*order of their times.*sort_index"),
    "a panel": ({"X": PANEL}, "X: .*MultiIndex.*from_long"),
    "y of another length": ({"y": SERIES[:5]}, r"y: got shape \(5,\) beside 10 timesteps"),
    "y of three dimensions": ({"y": SERIES[:, None, None]}, r"y: got shape \(10, 1, 1\)"),
    "one y for the series": ({"y": 1.0}, r"y: got shape \(\).*np\.full"),
    "too few y": ({"X": [SERIES, SERIES], "y": [SERIES]}, "y: got 1 entries for 2 series"),
    "a number for a list": ({"X": [SERIES], "y": 1}, "y: got a int for 1 series"),
    "a short y in a list": ({"X": [SERIES], "y": [SERIES[1:]]}, r"y\[0\]: got shape \(9,\)"),
}


@pytest.mark.parametrize("bad", BAD_ARGUMENTS)
def test_what_gives_no_windows_is_refused_with_a_remedy(bad):
    arguments, message = BAD_ARGUMENTS[bad]
    arguments = {"X": SERIES, "context_length": 3, **arguments}
    with pytest.raises((ValueError, TypeError), match=message):
        sliding_windows(arguments.pop("X"), arguments.pop("y", None), **arguments)
