"""The data sets that need no file."""

import csv

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from skrnn import datasets
from skrnn.datasets import (
    load_air_passengers,
    load_digit_rows,
)


def test_air_passengers_is_the_published_series(data_home):
    y = load_air_passengers()
    with (data_home / "small_univariate" / "airline-passengers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert y.to_list() == [float(row["Passengers"]) for row in rows]
    assert y.index.strftime("%Y-%m").to_list() == [row["Month"] for row in rows]


def test_air_passengers_has_a_monthly_index_and_a_name():
    y = load_air_passengers()
    assert y.shape == (144,)
    assert y.name == "passengers"
    assert y.dtype == np.float64
    assert y.index.freqstr == "MS"
    assert y.index[0] == pd.Timestamp("1949-01-01")


def test_digit_rows_are_the_images_of_scikit_learn_row_by_row():
    digits = load_digit_rows()
    pixels, labels = load_digits(return_X_y=True)
    assert digits.data.shape == (1797, 8, 8)
    for timestep in range(8):
        np.testing.assert_array_equal(
            digits.data[:, timestep], pixels[:, 8 * timestep : 8 * (timestep + 1)]
        )
    np.testing.assert_array_equal(digits.target, labels)
    assert digits.target_names.tolist() == list(range(10))
    assert len(digits.feature_names) == 8
    assert "row by row" in digits.DESCR


@pytest.mark.parametrize("load", [load_air_passengers, load_digit_rows])
def test_a_caller_who_changes_the_data_changes_no_later_call(load):
    def values(loaded):
        return loaded.data if load is load_digit_rows else loaded.to_numpy()

    first = load()
    before = values(first).copy()
    if load is load_digit_rows:
        first.data[:] = -1
    else:
        first.iloc[:] = -1
    np.testing.assert_array_equal(values(load()), before)


def test_every_public_name_exists_and_is_documented():
    for name in datasets.__all__:
        assert "Examples\n" in getattr(datasets, name).__doc__
