"""Bad cases are many and distinct, and every parameter and every method has one."""

from __future__ import annotations

from skrnn import RNNForecaster
from tests.forecasting import test_bad_fit, test_bad_past, test_bad_requests

CASES = test_bad_fit.CASES + test_bad_requests.CASES + test_bad_past.CASES


def test_there_are_at_least_250_distinct_pairs_of_argument_and_defect():
    pairs = {(bad.argument, bad.defect) for bad in CASES}
    assert len(pairs) == len(CASES)
    assert len({bad.id for bad in CASES}) == len(CASES)
    assert len(pairs) >= 250


def test_every_parameter_and_every_method_with_its_arguments_has_a_bad_case():
    tried = {bad.argument for bad in CASES}
    assert set(RNNForecaster().get_params()) <= tried
    arguments = ("history", "X_history", "levels", "coverage", "n_paths", "refit", "n_windows")
    assert {"X", "y", "stride", *arguments} <= tried
    methods = {name for name in dir(RNNForecaster) if callable(getattr(RNNForecaster, name))}
    public = {name for name in methods if not name.startswith("_")}
    of_scikit_learn = {"get_params", "set_params", "get_metadata_routing"}
    requests = {name for name in public if name.startswith("set_") and name.endswith("_request")}
    without_arguments = {"fitted_values", *of_scikit_learn, *requests}
    # in test_future_frame.py, test_decomposition.py and test_new_series.py
    elsewhere = {"future_index", "future_frame", "decompose", "predict_new_series"}
    assert public - without_arguments - elsewhere <= {bad.method for bad in CASES}
