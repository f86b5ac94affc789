"""Checks of what an output must not depend on: other samples, their order, earlier calls."""

from __future__ import annotations

from typing import Any

import joblib
import numpy as np

from skrnn.testing._case import RTOL, Case
from skrnn.testing._conditions import applies_to, every_case, is_seeded
from skrnn.testing._input_containers import N_SAMPLES, take
from skrnn.testing._outputs import assert_equal, assert_same_outputs, cut_like, outputs_of


@applies_to(every_case)
def check_fitting_again_gives_the_same(case: Case) -> None:
    """A second ``fit`` on the same data ends with the same outputs, in every bit.

    A second fit starts from scratch, and with the same ``random_state`` it draws the same numbers:
    results can be reproduced.
    """
    estimator = case.new().fit(case.X, case.y)
    expected = outputs_of(estimator, case.X)
    got = outputs_of(estimator.fit(case.X, case.y), case.X)
    assert_same_outputs(got, expected, "after a second fit on the same data")


@applies_to(every_case)
def check_fit_forgets_the_data_of_an_earlier_fit(case: Case) -> None:
    """A fit after a fit on other data learns what it would have learned without it.

    Data of one cross-validation fold must not leak into the next. To go on from an earlier fit is
    the task of ``partial_fit`` or of a parameter such as ``warm_start``.
    """
    estimator = case.new().fit(take(case.X, range(N_SAMPLES - 6)), case.y[:-6])
    got = outputs_of(estimator.fit(case.X, case.y), case.X)
    expected = outputs_of(case.fitted, case.X)
    assert_same_outputs(got, expected, "fitted before on fewer samples")


@applies_to(is_seeded)
def check_the_same_random_state_gives_the_same_bits(case: Case) -> None:
    """With ``random_state=0`` two fits agree, whatever other code draws in between.

    An estimator that draws from ``np.random`` itself is reproducible only as long as no other
    library draws from it. Draw from ``sklearn.utils.check_random_state(self.random_state)``.
    """
    # The global generator itself is what this check is about.
    state = np.random.get_state()  # noqa: NPY002
    try:
        np.random.seed(1)  # noqa: NPY002
        expected = outputs_of(case.new().fit(case.X, case.y), case.X)
        np.random.seed(2)  # noqa: NPY002
        got = outputs_of(case.new().fit(case.X, case.y), case.X)
    finally:
        np.random.set_state(state)  # noqa: NPY002
    assert_same_outputs(got, expected, "with random_state=0 and another global state of np.random")


@applies_to(every_case)
def check_sample_order_changes_no_output(case: Case) -> None:
    """Samples in another order get the same outputs, in that order.

    An estimator that sorts samples by length has to restore the order of the outputs.
    """
    order = np.random.default_rng(0).permutation(N_SAMPLES)
    got = outputs_of(case.fitted, take(case.X, order))
    for method, expected in outputs_of(case.fitted, case.X).items():
        done = f"{method} of the samples in another order"
        atol = case.atol_order
        assert_equal(got[method], take(expected, order), done, rtol=RTOL, atol=atol)


@applies_to(every_case)
def check_other_samples_change_no_output(case: Case) -> None:
    """A sample gets the same output alone, among few and among many.

    In production samples come one at a time. Statistics of the batch, such as its mean or its
    longest sample, must not enter the output: learn them in ``fit``.
    """
    whole = outputs_of(case.fitted, case.X)
    for rows in ([0], [7], [3, 4, 5], list(range(5, N_SAMPLES))):
        for method, got in outputs_of(case.fitted, take(case.X, rows)).items():
            # a padded output is as wide as its own longest sample
            expected = cut_like(take(whole[method], rows), got)
            done = f"{method} of the samples {rows} without the others"
            assert_equal(got, expected, done, rtol=RTOL, atol=case.atol_subset)


def _digest(value: Any) -> str | None:
    """Return a digest of a value; None for what cannot be pickled, which another check notices."""
    try:
        return joblib.hash(value)
    except Exception:
        return None


@applies_to(every_case)
def check_outputs_leave_the_estimator_as_it_was(case: Case) -> None:
    """Predicting, transforming and scoring change nothing of the estimator.

    Two threads may use the same estimator at once, and a stored model must not depend on the
    predictions that were made before it was stored.
    """
    estimator = case.new().fit(case.X, case.y)  # it has predicted nothing yet
    before = dict(vars(estimator))
    digests = {name: _digest(value) for name, value in before.items()}
    outputs_of(estimator, case.X)
    if hasattr(estimator, "score"):
        estimator.score(case.X, case.y)
    after = vars(estimator)
    added, removed = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
    assert not added and not removed, (
        f"after predict and the like: got the new attributes {added} and lost {removed}. Expected "
        "the attributes that fit left"
    )
    changed = [
        name
        for name, value in before.items()
        if after[name] is not value or _digest(value) != digests[name]
    ]
    assert not changed, (
        f"after predict and the like: the attributes {changed} have changed. Expected them as fit "
        "left them"
    )
