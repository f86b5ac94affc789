"""Checks of sample weights, for estimators whose ``fit`` takes them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from skrnn.testing._case import ATOL_TRAINED, RTOL_TRAINED, Case
from skrnn.testing._conditions import applies_to, takes_weights
from skrnn.testing._input_containers import N_SAMPLES, row_names, take
from skrnn.testing._outputs import (
    assert_raises,
    assert_same_outputs,
    flat_values,
    output_methods,
    outputs_of,
)


@applies_to(takes_weights)
def check_weights_may_be_a_list_or_a_series(case: Case) -> None:
    """``sample_weight`` as a list or as a Series is read like the array.

    A Series is read by position: after a shuffle its index is not 0, 1, 2, ...
    """
    expected = outputs_of(case.new().fit(case.X, case.y, sample_weight=case.weight), case.X)
    series = pd.Series(case.weight, index=row_names(N_SAMPLES))
    for done, weight in (("a list", case.weight.tolist()), ("a Series", series)):
        got = outputs_of(case.new().fit(case.X, case.y, sample_weight=weight), case.X)
        assert_same_outputs(got, expected, f"with sample_weight as {done}")


@applies_to(takes_weights)
def check_weights_of_one_are_no_weights(case: Case) -> None:
    """Weights of 1, and ``sample_weight=None``, lead to the same fit as no weights.

    Wrappers such as a stacking or voting estimator pass on weights that may be None or all equal.
    """
    expected = outputs_of(case.fitted, case.X)
    for done, weight in (("None", None), ("ones", np.ones(N_SAMPLES))):
        got = outputs_of(case.new().fit(case.X, case.y, sample_weight=weight), case.X)
        done = f"with sample_weight={done}, compared with no weights"
        assert_same_outputs(got, expected, done, rtol=RTOL_TRAINED, atol=ATOL_TRAINED)


@applies_to(takes_weights)
def check_a_weight_of_zero_leaves_a_sample_out(case: Case) -> None:
    """Samples of weight 0 change nothing that is learned, means and class priors included.

    Ensembles leave samples out in this way. Run the check on an estimator that reads all 20 samples
    in one batch: in several batches a sample of weight 0 may take the place of another.
    """
    rows = [i for i in range(N_SAMPLES) if i not in (2, 5, 9)]
    weight = np.ones(N_SAMPLES)
    weight[[2, 5, 9]] = 0.0
    expected = outputs_of(case.new().fit(take(case.X, rows), case.y[rows]), case.X)
    got = outputs_of(case.new().fit(case.X, case.y, sample_weight=weight), case.X)
    done = "with samples 2, 5 and 9 of weight 0, compared with a fit without them"
    assert_same_outputs(got, expected, done, rtol=RTOL_TRAINED, atol=ATOL_TRAINED)


@applies_to(takes_weights)
def check_weights_change_what_is_learned(case: Case) -> None:
    """A weight of 9 for every sample of one class changes the outputs.

    An estimator that accepts weights and ignores them solves another problem than it was given.
    """
    weight = np.where(case.label, 9.0, 1.0)
    weighted = case.new().fit(case.X, case.y, sample_weight=weight)
    method = "predict_proba" if hasattr(weighted, "predict_proba") else output_methods(weighted)[0]
    got = flat_values(getattr(weighted, method)(case.X))
    plain = flat_values(getattr(case.fitted, method)(case.X))
    assert not np.allclose(got, plain, rtol=0, atol=1e-7), (
        f"{method} after a fit with a weight of 9 for the odd samples: got what a fit without "
        "weights gives. Expected another output"
    )


@applies_to(takes_weights)
def check_misshapen_weights_are_refused(case: Case) -> None:
    """Weights that are not one number per sample are refused with a ValueError.

    Broadcasting would apply weights of a wrong shape to the wrong samples without an error.
    """
    for weight in (case.weight[:-1], case.weight[:, None].repeat(2, axis=1)):
        done = f"fit with a sample_weight of shape {weight.shape} for {N_SAMPLES} samples"
        assert_raises(ValueError, done, case.new().fit, case.X, case.y, sample_weight=weight)
