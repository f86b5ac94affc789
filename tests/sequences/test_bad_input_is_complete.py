"""Bad cases are many and distinct, and every parameter and every argument has one."""

from __future__ import annotations

from skrnn import RNNClassifier, RNNRegressor
from tests.sequences import test_bad_data, test_bad_later_calls, test_bad_parameters

CASES = test_bad_data.CASES + test_bad_parameters.CASES + test_bad_later_calls.CASES


def test_there_are_at_least_130_distinct_pairs_of_argument_and_defect():
    pairs = {(bad.argument, bad.defect) for bad in CASES}
    assert len(pairs) == len(CASES)
    assert len({bad.id for bad in CASES}) == len(CASES)
    assert len(pairs) >= 130


def test_every_parameter_and_every_argument_of_fit_has_a_bad_case():
    tried = {bad.argument for bad in CASES}
    parameters = set(RNNClassifier().get_params()) | set(RNNRegressor().get_params())
    assert parameters <= tried
    assert {"X", "y", "sample_weight", "X_val", "y_val", "groups", "classes"} <= tried
