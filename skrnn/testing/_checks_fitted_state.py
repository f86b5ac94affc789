"""Checks of what an estimator records of its training data and compares new data with."""

from __future__ import annotations

import numpy as np
from sklearn.exceptions import NotFittedError

from skrnn.testing._case import Case
from skrnn.testing._conditions import (
    applies_to,
    every_case,
    reads_column_names,
    reads_measurements,
)
from skrnn.testing._outputs import assert_raises, output_methods


@applies_to(every_case)
def check_outputs_before_fit_are_refused(case: Case) -> None:
    """Before ``fit`` every method raises ``NotFittedError``, not an error from inside.

    ``sklearn.utils.validation.check_is_fitted(self)`` as the first line of a method does it.
    """
    # a method that is hidden until fit does not exist for hasattr, and is left out
    for method in output_methods(case.estimator):
        action = getattr(case.new(), method)
        assert_raises(NotFittedError, f"{method} before fit", action, case.X)


@applies_to(reads_measurements)
def check_number_of_features_is_kept(case: Case) -> None:
    """``n_features_in_`` exists after ``fit``, not before, and counts the features.

    For sequences of shape (n_timesteps, n_features) that is the last axis, and never the number of
    timesteps; for a table it is the number of columns.
    """
    expected = case.container.n_features or np.shape(case.X)[1]
    assert not hasattr(case.new(), "n_features_in_"), (
        f"n_features_in_ before fit: got {case.new().n_features_in_}. Expected no such attribute"
    )
    got = getattr(case.fitted, "n_features_in_", "no such attribute")
    assert got == expected, f"n_features_in_ after fit: got {got}, expected {expected}"


@applies_to(reads_measurements)
def check_another_number_of_features_is_refused(case: Case) -> None:
    """Data with one feature more or less than in ``fit`` is refused, and the message says so.

    Otherwise a column that was lost or added on the way gives meaningless outputs.
    """
    for change in (-1, 1):
        if case.container.n_features is None:
            sequences = [x[:change] if change < 0 else np.append(x, 0.0) for x in case.sequences]
        else:
            sequences = [
                x[:, :change] if change < 0 else np.c_[x, np.zeros(len(x))] for x in case.sequences
            ]
        X = case.container.build(sequences)
        for method in output_methods(case.fitted):
            action = getattr(case.fitted, method)
            done = f"{method} with {change:+} features"
            message = assert_raises(ValueError, done, action, X)
            assert "feature" in message, (
                f'{done}: got the message {message!r}. Expected the word "feature" in it'
            )


@applies_to(reads_column_names)
def check_column_names_are_kept_and_compared(case: Case) -> None:
    """``feature_names_in_`` holds the columns of a DataFrame, and other columns are refused later.

    Columns in another order have the right shape and the wrong meaning.
    """
    got, expected = list(getattr(case.fitted, "feature_names_in_", [])), list(case.X.columns)
    assert got == expected, f"feature_names_in_: got {got}, expected {expected}"
    other = case.X.set_axis([f"other {i}" for i in range(case.X.shape[1])], axis=1)
    for method in output_methods(case.fitted):
        action = getattr(case.fitted, method)
        assert_raises(ValueError, f"{method} with other column names", action, other)
