"""Checks of the data that the caller passes: it stays unchanged, and its types do not matter."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandas as pd

from skrnn.testing._case import ATOL_SUBSET, RTOL, Case
from skrnn.testing._conditions import (
    applies_to,
    every_case,
    has_targets,
    reads_array,
    reads_array_of_measurements,
)
from skrnn.testing._input_containers import N_SAMPLES, contents, read_only, row_names, take
from skrnn.testing._outputs import assert_raises, assert_same_outputs, outputs_of


@applies_to(every_case)
def check_inputs_stay_as_they_were(case: Case) -> None:
    """No method writes to ``X``, ``y`` or ``sample_weight``.

    The caller goes on using the data. If NaN were filled with zeros in place, for example, the next
    estimator would be trained on zeros. Copy before you write.
    """
    given: dict[str, Any] = {"X": case.X, "y": case.y}
    if case.takes_weights:
        given["sample_weight"] = case.weight
    before = {name: contents(value) for name, value in given.items()}
    estimator = case.new().fit(**given)
    outputs_of(estimator, case.X)
    if hasattr(estimator, "score"):
        estimator.score(case.X, case.y)
    changed = [name for name, value in given.items() if contents(value) != before[name]]
    assert not changed, (
        f"after fit, predict and the like: {', '.join(changed)} was changed in place. Expected "
        "what the caller passed to stay as it was"
    )


@applies_to(every_case)
def check_read_only_input_is_read(case: Case) -> None:
    """Read-only arrays are read like any other.

    joblib passes large arrays to its workers as read-only memory maps: an estimator that writes to
    its input, even for a moment, fails in a search with ``n_jobs=2``.
    """
    expected = outputs_of(case.fitted, case.X)
    locked_X, locked_y = read_only(copy.deepcopy(case.X)), read_only(case.y.copy())
    estimator = case.new().fit(locked_X, locked_y)
    assert_same_outputs(outputs_of(estimator, locked_X), expected, "with read-only X and y")


@applies_to(reads_array_of_measurements)
def check_float32_and_float64_agree(case: Case) -> None:
    """The same numbers as float32 and as float64 give the same outputs.

    They must agree to the precision of float32. Code that treats one of the two types in its own
    way, such as a cast to half precision, is found here.
    """
    expected = outputs_of(case.fitted, case.X)
    X = case.X.astype(np.float32)
    got = outputs_of(case.new().fit(X, case.y), X)
    assert_same_outputs(got, expected, "with X as float32", rtol=1e-4, atol=1e-5)


@applies_to(reads_array)
def check_memory_order_changes_nothing(case: Case) -> None:
    """An array in Fortran order is read like one in C order.

    Data from libraries that put features before time come as ``X.transpose(0, 2, 1)``, a view whose
    numbers lie in another order in memory.
    """
    expected = outputs_of(case.fitted, case.X)
    X = np.asfortranarray(case.X)
    estimator = case.new().fit(X, case.y)
    for done, data in (("in Fortran order", X), ("in C order after a fit in Fortran's", case.X)):
        got = outputs_of(estimator, data)
        assert_same_outputs(got, expected, f"with X {done}", rtol=RTOL, atol=ATOL_SUBSET)


@applies_to(every_case)
def check_targets_may_be_a_list_or_a_series(case: Case) -> None:
    """``y`` as a list or as a Series is read like the array, a Series by position.

    A Series that was filtered or shuffled has an index that is not 0, 1, 2, ...: ``y[i]`` would
    look up the wrong sample in it, or fail.
    """
    expected = outputs_of(case.fitted, case.X)
    series = pd.Series(case.y, index=row_names(N_SAMPLES)[::-1], name="target")
    for done, y in (("a list", case.y.tolist()), ("a Series", series)):
        got = outputs_of(case.new().fit(case.X, y), case.X)
        assert_same_outputs(got, expected, f"with y as {done}")


@applies_to(has_targets)
def check_unequal_numbers_of_samples_are_refused(case: Case) -> None:
    """``X`` and ``y`` of different lengths are refused with a message that names both lengths.

    They easily come apart when samples are filtered.
    """
    done = f"fit with {N_SAMPLES} samples in X and {N_SAMPLES - 1} in y"
    message = assert_raises(ValueError, done, case.new().fit, case.X, case.y[:-1])
    assert str(N_SAMPLES) in message and str(N_SAMPLES - 1) in message, (
        f"{done}: got the message {message!r}. Expected both numbers of samples in it"
    )


@applies_to(every_case)
def check_no_samples_are_refused(case: Case) -> None:
    """An ``X`` without samples is refused by ``fit``, with a ValueError.

    Usually a filter has removed every sample, and the caller should be told so at once.
    """
    X, y = take(case.X, []), case.y[:0]
    assert_raises(ValueError, "fit without samples", case.new().fit, X, y)


@applies_to(every_case)
def check_one_sample_is_learned_or_clearly_refused(case: Case) -> None:
    """``fit`` on one sample works, or says that one sample is not enough.

    An error from inside, such as a division by zero, would not tell the caller the reason.
    """
    reasons = ("1 sample", "n_samples = 1", "n_samples=1", "one sample", "1 class", "one class")
    try:
        case.new().fit(take(case.X, [0]), case.y[:1])
    except ValueError as error:
        assert any(reason in str(error) for reason in reasons), (
            f"fit on one sample: got the message {str(error)!r}. Expected no error, or one that "
            f"says so with one of {', '.join(reasons)}"
        )
