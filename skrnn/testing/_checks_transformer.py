"""Checks of ``transform``, for every estimator that has it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.exceptions import NotFittedError

from skrnn.testing._case import ATOL_SUBSET, RTOL, Case
from skrnn.testing._conditions import applies_to, names_its_outputs, transforms
from skrnn.testing._input_containers import N_SAMPLES
from skrnn.testing._outputs import assert_equal, assert_raises


@applies_to(transforms)
def check_fit_transform_is_fit_and_transform(case: Case) -> None:
    """``fit_transform`` gives what ``fit`` and then ``transform`` give, one row per sample.

    A Pipeline calls ``fit_transform`` in ``fit``, and ``transform`` in ``predict``.
    """
    transformed = case.fitted.transform(case.X)
    assert len(transformed) == N_SAMPLES, (
        f"transform of {N_SAMPLES} samples: got {len(transformed)} rows"
    )
    together = case.new().fit_transform(case.X, case.y)
    done = "fit_transform, compared with fit and transform"
    assert_equal(together, transformed, done, rtol=RTOL, atol=ATOL_SUBSET)


@applies_to(names_its_outputs)
def check_every_output_column_has_a_name(case: Case) -> None:
    """``get_feature_names_out`` gives every column a name of its own.

    A ColumnTransformer and every inspection of a Pipeline rely on these names. Before ``fit`` the
    columns are not known, and the method raises ``NotFittedError``.
    """
    n_columns = np.shape(case.fitted.transform(case.X))[1]
    names = list(case.fitted.get_feature_names_out())
    assert len(names) == len(set(names)) == n_columns, (
        f"get_feature_names_out: got {names}. Expected {n_columns} different names"
    )
    assert_raises(
        NotFittedError, "get_feature_names_out before fit", case.new().get_feature_names_out
    )


@applies_to(names_its_outputs)
def check_set_output_gives_a_frame_with_names_and_index(case: Case) -> None:
    """``set_output(transform="pandas")`` gives a DataFrame with these names and the index of X.

    Without the index the rows can no longer be matched with other tables of the same samples.
    """
    frame = case.new().set_output(transform="pandas").fit(case.X, case.y).transform(case.X)
    assert isinstance(frame, pd.DataFrame), (
        f'transform after set_output(transform="pandas"): got {type(frame).__name__}. Expected a '
        "DataFrame"
    )
    got, expected = list(frame.columns), list(case.fitted.get_feature_names_out())
    assert got == expected, f"columns after set_output: got {got}, expected {expected}"
    if isinstance(case.X, pd.DataFrame):
        got, expected = list(frame.index), list(case.X.index)
        assert got == expected, f"index after set_output: got {got}, expected {expected}"
    assert_equal(frame, case.fitted.transform(case.X), "transform after set_output")
