"""What fit saw, and whether later data agrees with it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from skrnn._input.measurements import read_measurements
from skrnn._input.tokens import read_tokens
from skrnn._input.validation import check_same_n_samples, check_sequences_against
from tests.input.containers import FRAME, ID_SETS, IDS, PADDED, PADDED_IDS, RAGGED, TABLE


def fitted_on(X) -> BaseEstimator:
    estimator = BaseEstimator()
    check_sequences_against(estimator, X, read_measurements(X), reset=True)
    return estimator


def agrees(estimator, X, **options):
    check_sequences_against(estimator, X, read_measurements(X), reset=False, **options)


def test_fit_on_a_table_learns_columns_and_names():
    estimator = fitted_on(FRAME)
    assert estimator.n_features_in_ == 3
    assert estimator.feature_names_in_.tolist() == ["t0", "t1", "t2"]
    agrees(estimator, FRAME)


def test_fit_on_sequences_learns_features_and_forgets_the_names_of_an_earlier_table():
    estimator = fitted_on(FRAME)
    check_sequences_against(estimator, PADDED, read_measurements(PADDED), reset=True)
    assert estimator.n_features_in_ == 2
    assert not hasattr(estimator, "feature_names_in_")


def test_sequences_of_any_container_agree_when_their_features_do():
    for fitted in (PADDED, RAGGED):
        for X in (PADDED, RAGGED, RAGGED[:1]):
            agrees(fitted_on(fitted), X)
    # a table is univariate, and so are ragged sequences of one feature.
    agrees(fitted_on(TABLE), [[1.5], [2.5, 3.5]])
    agrees(fitted_on([[1.5], [2.5, 3.5]]), TABLE[:, :2])


def test_token_ids_agree_whatever_their_width():
    estimator = BaseEstimator()
    check_sequences_against(estimator, PADDED_IDS, read_tokens(PADDED_IDS), reset=True)
    assert estimator.n_features_in_ == 5
    check_sequences_against(estimator, IDS, read_tokens(IDS), reset=False)


def test_another_number_of_ids_a_timestep_is_refused():
    estimator = BaseEstimator()
    rows = read_tokens(ID_SETS, allow_several=True)
    check_sequences_against(estimator, ID_SETS, rows, reset=True)
    assert estimator.n_features_in_ == 3
    with pytest.raises(ValueError, match=r"Xs: got 1 token id.* fit saw 3.*Fill up with 0"):
        check_sequences_against(estimator, IDS, read_tokens(IDS), reset=False, name="Xs")


def test_another_number_of_features_is_refused_in_scikit_learns_words():
    with pytest.raises(
        ValueError, match="Xs has 1 features, but BaseEstimator is expecting 2 feat"
    ):
        agrees(fitted_on(PADDED), PADDED[:, :, :1], name="Xs")


def test_another_number_of_columns_without_names_is_refused():
    with pytest.raises(ValueError, match=r"(?s)^Xs: .*has 2 features.*expecting 3.*same order\.$"):
        agrees(fitted_on(TABLE), TABLE[:, :2], name="Xs")


def test_lists_of_another_length_than_the_tables_are_ragged():
    table = TABLE.tolist()
    for X in (np.ones((2, 5)).tolist(), ((1.5, 2.5),), [[1.5], [2.5, 3.5]]):
        agrees(fitted_on(table), X)
        agrees(fitted_on(TABLE), X)
    # an array and a DataFrame have columns.
    for columns in (TABLE[:, :2], pd.DataFrame(TABLE[:, :2])):
        with pytest.raises(ValueError, match=r"has 2 features.*expecting 3"):
            agrees(fitted_on(table), columns)


def test_other_column_names_are_refused_with_the_remedy():
    with pytest.raises(ValueError, match=r"(?s)^X: .*feature names should match.*Pass X\[list"):
        agrees(fitted_on(FRAME), FRAME[["t1", "t0", "t2"]])


def test_lengths_of_two_arguments_are_compared():
    check_same_n_samples(3, 3, "X", "y")
    with pytest.raises(ValueError, match="y: got 2 samples while X has 3"):
        check_same_n_samples(3, 2, "X", "y")
