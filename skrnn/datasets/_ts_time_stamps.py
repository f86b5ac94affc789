"""Samples of the ``.ts`` format whose values come in pairs with their times."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

__all__ = ["TIME_STAMPS", "TimedSamples", "check_time_stamps", "split_timed_fields"]

TIME_STAMPS = ("auto", "feature", "drop")

# A colon outside of brackets; those inside belong to times of day.
_BETWEEN_FIELDS = re.compile(r":(?![^()]*\))")
_PAIR = re.compile(r"\(([^()]*),([^(),]*)\)")
_PAIRS = re.compile(rf"{_PAIR.pattern}(\s*,\s*{_PAIR.pattern})*")
# Numbers of a date in one second.
_DATE_UNIT = 1e6
# Steps of float times that differ by this share of a step are the same.
_STEP_TOLERANCE = 1e-6


class TimedFeature(NamedTuple):
    """Times of one feature of a sample, microseconds of dates, and its values as written."""

    times: np.ndarray
    values: list[str]


def check_time_stamps(time_stamps: object) -> None:
    """Raise a ValueError unless this is a way to read time stamps."""
    if time_stamps not in TIME_STAMPS:
        raise ValueError(
            f"time_stamps: got {time_stamps!r}. Expected one of 'auto', 'feature', 'drop'. Pass "
            "time_stamps='feature' to keep the times."
        )


def split_timed_fields(text: str) -> list[str]:
    """Split a sample into its features and its label, which are separated by colons."""
    return _BETWEEN_FIELDS.split(text)


class TimedSamples:
    """Collects the times of all samples of a file, to decide at its end what becomes of them."""

    def __init__(self) -> None:
        self._are_dates: bool | None = None
        # seconds, or the numbers themselves, since the first time of each sample
        self._elapsed: list[np.ndarray] = []

    def read_feature(self, field: str) -> TimedFeature:
        """Read the pairs of times and values of one feature.

        Raises
        ------
        ValueError
            If there is another thing than pairs whose times rise; the message says what.
        """
        if not _PAIRS.fullmatch(field):
            raise ValueError(f"a feature is {field[:40]!r}, not pairs (time,value),(time,value)")
        pairs = _PAIR.findall(field)
        times = self._read_times([time.strip() for time, _ in pairs])
        if not (np.diff(times) > 0).all():
            raise ValueError("the times of a feature do not rise")
        return TimedFeature(times, [value.strip() for _, value in pairs])

    def _read_times(self, written: list[str]) -> np.ndarray:
        try:
            times, are_dates = np.array([float(time) for time in written]), False
        except ValueError:
            try:
                dates = pd.to_datetime(written, format="ISO8601", utc=True)
            except ValueError as error:
                raise ValueError(f"a time is not a number or an ISO date ({error})") from error
            if dates.hasnans:
                raise ValueError("a time is missing") from None
            times, are_dates = dates.as_unit("us").asi8, True
        if not np.isfinite(times).all():
            raise ValueError("a time is not finite")
        if self._are_dates not in (None, are_dates):
            raise ValueError("the times are numbers in one place and dates in another")
        self._are_dates = are_dates
        return times

    def align(self, features: list[TimedFeature], values: list[list[float]]) -> np.ndarray:
        """Return a sample, shape (n_timesteps, n_features): a timestep for each time.

        A feature without a value at a time at which another one has one is NaN there.
        """
        times = np.unique(np.concatenate([feature.times for feature in features]))
        sample = np.full((len(times), len(features)), np.nan)
        for number, (feature, numbers) in enumerate(zip(features, values, strict=True)):
            sample[np.searchsorted(times, feature.times), number] = numbers
        self._elapsed.append((times - times[0]) / (_DATE_UNIT if self._are_dates else 1))
        return sample

    def settle(self, samples: list[np.ndarray], time_stamps: str, source: str) -> list[np.ndarray]:
        """Return the samples without their times, or with them as their last feature.

        Raises
        ------
        ValueError
            If ``time_stamps`` is "auto" and the times are not evenly spaced, so that samples
            without them would tell something else.
        """
        if time_stamps == "feature":
            pairs = zip(samples, self._elapsed, strict=True)
            return [np.column_stack([sample, elapsed]) for sample, elapsed in pairs]
        if time_stamps == "auto" and not self._are_even():
            raise ValueError(
                f"{source}: the values come with times that are not evenly spaced. Expected the "
                "same step throughout. Read the time since the start of each sample as its last "
                "feature, read_ts(path, time_stamps='feature'), or do without it, "
                "time_stamps='drop'."
            )
        return samples

    def _are_even(self) -> bool:
        steps = np.concatenate([np.diff(elapsed) for elapsed in self._elapsed])
        if not len(steps):
            return True
        return bool(np.ptp(steps) <= _STEP_TOLERANCE * np.median(steps))
