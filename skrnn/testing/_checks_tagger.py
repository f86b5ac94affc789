"""Checks of estimators that give a label to every timestep."""

from __future__ import annotations

import numpy as np
import pandas as pd

from skrnn.testing._case import Case
from skrnn.testing._conditions import applies_to, is_tagger
from skrnn.testing._input_containers import N_SAMPLES, object_array, padded_array
from skrnn.testing._outputs import assert_equal, assert_raises, assert_same_outputs, outputs_of


@applies_to(is_tagger)
def check_every_timestep_gets_one_of_the_labels(case: Case) -> None:
    """``predict`` gives a 1-D object array of label arrays, each as long as its sample.

    ``predict_proba``, where it exists, gives arrays of shape (n_timesteps, n_classes), whose rows
    are probabilities in the order of ``classes_``.
    """
    predicted = case.fitted.predict(case.X)
    got = (getattr(predicted, "dtype", None), np.shape(predicted))
    assert got == (np.dtype(object), (N_SAMPLES,)), (
        f"predict: got dtype and shape {got}, expected {(np.dtype(object), (N_SAMPLES,))}"
    )
    lengths = [len(x) for x in case.sequences]
    got_lengths = [len(labels) for labels in predicted]
    assert got_lengths == lengths, f"predict: got {got_lengths} labels, expected {lengths}"
    classes = list(getattr(case.fitted, "classes_", []))
    assert classes == [0, 1], f"classes_: got {classes}, expected [0, 1]"
    labels = set(np.concatenate(predicted))
    assert labels <= {0, 1}, f"predict: got the labels {sorted(labels)}, expected some of [0, 1]"
    if hasattr(case.fitted, "predict_proba"):
        proba = case.fitted.predict_proba(case.X)
        shapes = [p.shape for p in proba]
        expected = [(length, 2) for length in lengths]
        assert shapes == expected, f"predict_proba: got shapes {shapes}, expected {expected}"
        joined = np.concatenate(proba)
        assert (joined >= 0).all() and np.allclose(joined.sum(axis=1), 1.0, rtol=1e-7), (
            "predict_proba: got rows that are negative or do not sum to 1. Expected probabilities"
        )


@applies_to(is_tagger)
def check_labels_of_timesteps_of_every_type_are_given_back(case: Case) -> None:
    """Labels that are strings, booleans or integers with gaps come back as they went in.

    A label sequence may be an array, a list or a Series.
    """
    expected = case.fitted.predict(case.X)
    for labels in (
        np.array([-3, 7]),
        np.array([False, True]),
        np.array(["apple", "pear"]),
        np.array(["apple", "pear"], dtype=object),
        np.array([1.0, 2.0]),
    ):
        arrays = [labels[sequence] for sequence in case.y]
        lists = [array.tolist() for array in arrays]
        for given in (arrays, lists, [pd.Series(array) for array in arrays]):
            done = f"labels {labels.tolist()}, each sequence in a {type(given[0]).__name__}"
            estimator = case.new().fit(case.X, given)
            classes = sorted(estimator.classes_)
            assert classes == sorted(labels), (
                f"{done}: got the classes_ {classes}, expected {sorted(labels)}"
            )
            wanted = object_array([labels[sequence] for sequence in expected])
            assert_equal(estimator.predict(case.X), wanted, f"{done}, predict")


@applies_to(is_tagger)
def check_labels_may_be_padded_rows(case: Case) -> None:
    """``y`` may be a 2-D array; what lies after the end of a sample is not read.

    Sequences that are padded to one length usually have their labels padded as well, with any
    filler.
    """
    expected = outputs_of(case.fitted, case.X)
    padded = padded_array(list(case.y), -1)
    wider = np.pad(padded, ((0, 0), (0, 3)), constant_values=5)
    for done, y in (
        ("padded with -1", padded),
        ("padded with -1 and 5", wider),
        ("padded, in a DataFrame", pd.DataFrame(padded)),
    ):
        got = outputs_of(case.new().fit(case.X, y), case.X)
        assert_same_outputs(got, expected, f"with y {done}")
        score, expected_score = case.fitted.score(case.X, y), case.fitted.score(case.X, case.y)
        assert score == expected_score, (
            f"score with y {done}: got {score}, expected {expected_score}"
        )


@applies_to(is_tagger)
def check_a_missing_or_spare_label_is_refused(case: Case) -> None:
    """A label sequence shorter or longer than its sample is refused with both lengths.

    The message also names the sample. One label lost in a file shifts all labels after it.
    """
    for change in (lambda labels: labels[:-1], lambda labels: np.append(labels, labels[-1])):
        y = case.y.copy()
        y[3] = change(y[3])
        words = ("sample 3", str(len(case.y[3])), str(len(y[3])))
        for name, action in (("fit", case.new().fit), ("score", case.fitted.score)):
            done = f"{name} with {words[2]} labels for the {words[1]} timesteps of sample 3"
            message = assert_raises(ValueError, done, action, case.X, y)
            missing = [word for word in words if word not in message]
            assert not missing, (
                f"{done}: got the message {message!r}. Expected also {', '.join(missing)} in it"
            )
