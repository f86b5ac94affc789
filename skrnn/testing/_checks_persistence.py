"""Checks of storing and copying an estimator, and of its use in pipelines and searches."""

from __future__ import annotations

import copy
import io
import pickle

import joblib
import numpy as np
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from skrnn.testing._case import Case
from skrnn.testing._conditions import applies_to, every_case, scores
from skrnn.testing._input_containers import N_SAMPLES, take
from skrnn.testing._outputs import assert_same_outputs, outputs_of


@applies_to(every_case)
def check_pickle_and_joblib_keep_every_output(case: Case) -> None:
    """A fitted estimator that was stored and loaded predicts as before, and can be fitted again.

    joblib also sends estimators to the workers of a search. Functions defined inside a method,
    open files and locks cannot be stored: keep them out of the attributes.
    """
    original = case.new().fit(case.X, case.y)
    expected = outputs_of(original, case.X)
    loaded = pickle.loads(pickle.dumps(original))
    assert_same_outputs(outputs_of(loaded, case.X), expected, "after pickle")
    stored = io.BytesIO()
    joblib.dump(original, stored)
    stored.seek(0)
    loaded = joblib.load(stored)
    assert_same_outputs(outputs_of(loaded, case.X), expected, "after joblib.dump and joblib.load")
    again = outputs_of(loaded.fit(case.X, case.y), case.X)
    expected = outputs_of(original.fit(case.X, case.y), case.X)
    assert_same_outputs(again, expected, "loaded and fitted again, compared with the original")


@applies_to(every_case)
def check_deep_copies_are_independent(case: Case) -> None:
    """A fit of a deep copy leaves the original as it was.

    Meta-estimators keep copies of one fitted estimator; no state may be shared between them.
    """
    original = case.new().fit(case.X, case.y)
    expected = outputs_of(original, case.X)
    copied = copy.deepcopy(original)
    assert_same_outputs(outputs_of(copied, case.X), expected, "a deep copy")
    copied.fit(take(case.X, range(8)), case.y[:8])
    got = outputs_of(original, case.X)
    assert_same_outputs(got, expected, "after a fit of its deep copy on fewer samples")


@applies_to(every_case)
def check_a_pipeline_changes_nothing(case: Case) -> None:
    """As the only step of a Pipeline the estimator gives the outputs that it gives alone.

    A Pipeline asks whether its last step is fitted, and passes data on by position.
    """
    pipeline = make_pipeline(case.new()).fit(case.X, case.y)
    expected = outputs_of(case.fitted, case.X)
    assert_same_outputs(outputs_of(pipeline, case.X), expected, "as a step of a Pipeline")
    if hasattr(case.fitted, "score"):
        got, expected_score = pipeline.score(case.X, case.y), case.fitted.score(case.X, case.y)
        assert got == expected_score, (
            f"score as a step of a Pipeline: got {got}, expected {expected_score}"
        )


@applies_to(scores)
def check_cross_validation_works(case: Case) -> None:
    """``cross_val_score`` takes the estimator and the container, and finds finite scores.

    It cuts X and y into folds, clones the estimator for each and scores it, as every search does.
    """
    found = cross_val_score(case.new(), case.X, case.y, cv=2, error_score="raise")
    assert np.isfinite(found).all(), f"cross_val_score(cv=2): got {found}, expected finite scores"


@applies_to(scores)
def check_score_is_a_finite_number(case: Case) -> None:
    """``score`` gives one finite number, and the same with equal weights as without.

    A search ranks candidates by their scores, which NaN or an array would make impossible.
    """
    score = case.fitted.score(case.X, case.y)
    assert np.isscalar(score) and np.isfinite(score), (
        f"score: got {score!r}, expected one finite number"
    )
    if hasattr(case.fitted, "predict") and case.takes_weights:
        weighted = case.fitted.score(case.X, case.y, sample_weight=np.full(N_SAMPLES, 2.0))
        assert np.isclose(weighted, score, rtol=1e-6, atol=1e-12), (
            f"score with sample_weight 2 for every sample: got {weighted!r}, expected {score!r}"
        )
