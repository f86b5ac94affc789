"""Data and sums of integrated gradients."""

from __future__ import annotations

import numpy as np
import pytest

TINY = {"hidden_size": 5, "max_epochs": 4, "batch_size": 16, "random_state": 0}
TEXTS = ["win a prize now", "see you at home", "a prize for you", "are you at home now"] * 5
IS_SPAM = [1, 0, 1, 0] * 5


def with_gaps(X):
    """Take some values out, the first ones of feature 1 in every second sample among them."""
    X = [x.copy() for x in X]
    for number, x in enumerate(X):
        x[2, 0] = np.nan
        if number % 2:
            x[:2, 1] = np.nan
    return X


def total(result):
    return result.attributions["attribution"].sum()


def assert_complete(result, tolerance=1e-3):
    difference = result.output - result.baseline_output
    assert total(result) - difference == pytest.approx(result.gap, abs=1e-9)
    assert abs(result.gap) <= tolerance
    assert abs(difference) > 5 * tolerance  # else the sum would say nothing
