"""Times of every frequency."""

import pandas as pd

from skrnn._series.clock import Clock


def dates(freq, n_times=40, start="2019-12-20", tz=None):
    # Microseconds, because 400 years are beyond the nanoseconds of pandas 2.
    return pd.date_range(start, periods=n_times, freq=freq, tz=tz, unit="us")


def without_freq(index):
    return pd.DatetimeIndex(index, freq=None)


def clock_of(index, **arguments):
    return Clock.from_index(index, name="y", **arguments)


def positions_of(clock, index):
    return clock.positions(index, name="y").tolist()
