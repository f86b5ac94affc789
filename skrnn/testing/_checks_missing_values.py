"""Checks of infinity and of missing values."""

from __future__ import annotations

import copy

import numpy as np

from skrnn.testing._case import Case
from skrnn.testing._conditions import applies_to, reads_measurements, reads_missing_values
from skrnn.testing._input_containers import N_SAMPLES
from skrnn.testing._outputs import assert_raises, flat_values, output_methods, outputs_of


@applies_to(reads_measurements)
def check_infinity_is_refused(case: Case) -> None:
    """Infinity is refused, by ``fit`` and by every method that reads ``X``.

    It comes from a division by zero or a logarithm of zero, and would spread through every sum
    until all that is learned is NaN.
    """
    sequences = copy.deepcopy(case.sequences)
    sequences[3][2] = np.inf
    X = case.container.build(sequences)
    assert_raises(ValueError, "fit with infinity in X", case.new().fit, X, case.y)
    for method in output_methods(case.fitted):
        action = getattr(case.fitted, method)
        assert_raises(ValueError, f"{method} with infinity in X", action, X)


@applies_to(reads_missing_values)
def check_missing_values_are_read(case: Case) -> None:
    """NaN within a sample is read, with a finite output, if the tags say that NaN is allowed.

    One value may be missing, or all of a timestep; in the training data alone, or only in the data
    to predict. An estimator that cannot do this leaves ``input_tags.allow_nan`` at False.
    """
    sequences = copy.deepcopy(case.sequences)
    for x in sequences[::2]:
        x[2] = np.nan  # the whole timestep
    if case.container.n_features:
        for x in sequences:
            x[1, 0] = np.nan  # one feature of it
    with_gaps = case.container.build(sequences)
    fits = {"without": case.fitted, "with": case.new().fit(with_gaps, case.y)}
    for learned, estimator in fits.items():
        for asked, data in (("with", with_gaps), ("without", case.X)):
            for method, output in outputs_of(estimator, data).items():
                values = flat_values(output)
                if method == "transform" and (len(values) != N_SAMPLES or values.ndim == 3):
                    continue  # a transformer of the timesteps may hand missing values on
                is_finite = values.dtype.kind != "f" or np.isfinite(values).all()
                assert is_finite, (
                    f"{method} of X {asked} missing values, after a fit {learned} them: got "
                    "values that are not finite. Expected finite ones"
                )
