"""Checks of estimators that give a label to a sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skrnn.testing._case import Case
from skrnn.testing._conditions import applies_to, is_classifier, is_classifier_with_probabilities
from skrnn.testing._input_containers import N_SAMPLES, row_names


def _labels_of_every_type() -> dict[str, np.ndarray]:
    """Return two labels of each type, in the order of 0 and 1."""
    return {
        "integers with gaps": np.array([-3, 7]),
        "booleans": np.array([False, True]),
        "strings": np.array(["apple", "pear"]),
        "objects": np.array(["apple", "pear"], dtype=object),
        "floats": np.array([1.0, 2.0]),
    }


@applies_to(is_classifier)
def check_classes_are_the_sorted_labels(case: Case) -> None:
    """``classes_`` holds the sorted labels of training, and ``predict`` gives no other.

    The columns of ``predict_proba`` are in this order, and scorers look a label up in it.
    """
    got, expected = list(getattr(case.fitted, "classes_", [])), list(np.unique(case.y))
    assert got == expected, f"classes_: got {got}, expected {expected}"
    other = set(case.fitted.predict(case.X)) - set(expected)
    assert not other, f"predict: got the labels {sorted(other)}, expected some of {expected}"


@applies_to(is_classifier)
def check_labels_of_every_type_are_given_back(case: Case) -> None:
    """Strings, booleans and integers with gaps come back from ``predict`` as they went in.

    So do labels in a list, a Series or a categorical Series. The names of the labels change nothing
    else: every sample is given the same class as before.
    """
    expected = case.fitted.predict(case.X)
    for kind, labels in _labels_of_every_type().items():
        y = labels[case.y]
        containers: list[Any] = [y, pd.Series(y, index=row_names(N_SAMPLES))]
        if kind == "strings":
            containers += [y.tolist(), pd.Series(y, dtype="category"), pd.Series(y, dtype="string")]
        for given in containers:
            done = f"labels that are {kind}, in a {type(given).__name__}"
            estimator = case.new().fit(case.X, given)
            classes = sorted(estimator.classes_)
            assert classes == sorted(labels), (
                f"{done}: got the classes_ {classes}, expected {sorted(labels)}"
            )
            got, wanted = list(estimator.predict(case.X)), list(labels[expected])
            assert got == wanted, f"{done}: predict gave {got}, expected {wanted}"


@applies_to(is_classifier)
def check_three_classes_are_told_apart_by_name(case: Case) -> None:
    """Three classes whose names do not sort as they appear keep their names and columns.

    Code that was only tried on the classes 0 and 1 can confuse positions with labels unnoticed.
    """
    y = np.array(["low", "middle", "high"])[np.arange(N_SAMPLES) % 3]
    estimator = case.new().fit(case.X, y)
    got, expected = list(estimator.classes_), ["high", "low", "middle"]
    assert got == expected, f"classes_ of three classes: got {got}, expected {expected}"
    predicted = list(estimator.predict(case.X))
    assert set(predicted) <= set(expected), f"predict: got {predicted}, expected some of {expected}"
    if hasattr(estimator, "predict_proba"):
        proba = estimator.predict_proba(case.X)
        assert proba.shape == (N_SAMPLES, 3), (
            f"predict_proba of three classes: got shape {proba.shape}, expected {(N_SAMPLES, 3)}"
        )
        most_probable = list(estimator.classes_[proba.argmax(axis=1)])
        assert most_probable == predicted, (
            f"most probable of three classes: got {most_probable}, expected predict's {predicted}"
        )


@applies_to(is_classifier_with_probabilities)
def check_probabilities_sum_to_one_and_agree_with_predict(case: Case) -> None:
    """``predict_proba`` gives one column per class, and the largest is the class of ``predict``.

    Each row is a distribution: no number is negative, and they sum to 1. Calibration, thresholds
    and log-losses depend on it. ``predict_log_proba``, where it exists, gives the logarithms.
    """
    proba = case.fitted.predict_proba(case.X)
    expected_shape = (N_SAMPLES, len(case.fitted.classes_))
    assert proba.shape == expected_shape, (
        f"predict_proba: got shape {proba.shape}, expected {expected_shape}"
    )
    assert (proba >= 0).all(), f"predict_proba: got {proba.min()}, expected no negative numbers"
    sums = proba.sum(axis=1)
    assert np.allclose(sums, 1.0, rtol=1e-7), (
        f"predict_proba: got rows that sum to {sums.min()} up to {sums.max()}, expected 1"
    )
    most_probable = list(case.fitted.classes_[proba.argmax(axis=1)])
    predicted = list(case.fitted.predict(case.X))
    assert most_probable == predicted, (
        f"most probable classes: got {most_probable}, expected predict's {predicted}"
    )
    if hasattr(case.fitted, "predict_log_proba"):
        logarithms = case.fitted.predict_log_proba(case.X)
        assert np.shape(logarithms) == expected_shape and np.allclose(np.exp(logarithms), proba), (
            "predict_log_proba: got other numbers than the logarithms of predict_proba"
        )


@applies_to(is_classifier)
def check_one_class_is_learned_or_clearly_refused(case: Case) -> None:
    """Training data of one class gives a constant output, or an error that says "class".

    A fold of a search may hold one class only.
    """
    try:
        estimator = case.new().fit(case.X, np.zeros(N_SAMPLES, dtype=int))
    except ValueError as error:
        assert "class" in str(error), (
            f'fit on one class: got the message {str(error)!r}. Expected the word "class" in it'
        )
    else:
        predicted = estimator.predict(case.X)
        assert (predicted == 0).all(), (
            f"predict after a fit on class 0 alone: got {list(predicted)}, expected 0 everywhere"
        )
