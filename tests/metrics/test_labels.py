"""Measures of label sequences: worked examples, seqeval, and what is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import accuracy_score as seqeval_accuracy
from seqeval.metrics import f1_score as seqeval_f1
from seqeval.scheme import IOB2

from skrnn.metrics import span_f1_score, token_accuracy_score

TRUE = [["B-PER", "I-PER", "O"], ["B-LOC"]]
PREDICTED = [["B-PER", "I-PER", "O"], ["O"]]


def test_accuracy_counts_every_timestep_the_same():
    # 3 of 3 and 0 of 1
    assert token_accuracy_score(TRUE, PREDICTED) == 0.75
    # weights 1 and 3: 3 right of weight 1, 1 wrong of weight 3
    assert token_accuracy_score(TRUE, PREDICTED, sample_weight=[1, 3]) == 0.5


def test_f1_of_a_worked_example():
    # two true spans, one found, and it is right: precision 1, recall 1/2, F1 = 2/3
    assert span_f1_score(TRUE, PREDICTED) == pytest.approx(2 / 3)
    assert span_f1_score(TRUE, PREDICTED, average=None) == {"LOC": 0.0, "PER": 1.0}
    assert span_f1_score(TRUE, PREDICTED, average="macro") == 0.5


def test_a_span_is_right_only_as_a_whole():
    assert span_f1_score([["B-PER", "I-PER"]], [["B-PER", "O"]]) == 0.0
    assert span_f1_score([["B-PER", "I-PER"]], [["B-LOC", "I-LOC"]]) == 0.0


def test_a_span_ends_with_its_sample():
    assert span_f1_score([["B-A"], ["I-A"]], [["B-A"], ["I-A"]], average=None) == {"A": 1.0}
    # two spans of one timestep each, not one of two
    assert span_f1_score([["B-A"], ["I-A"]], [["B-A"], ["O"]]) == pytest.approx(2 / 3)


def test_without_any_span_the_f1_is_zero():
    for average in ("micro", "macro"):
        assert span_f1_score([["O"]], [["O"]], average=average) == 0.0
    assert span_f1_score([["O"]], [["O"]], average=None) == {}


def labels(prefixes: str) -> st.SearchStrategy:
    types = ("", "-A", "-B", "-B-X")
    marks = [prefix + kind for prefix in prefixes for kind in types]
    # some types only, so that spans of several timesteps are met often
    return st.sampled_from(["O", *marks, "B-A", "I-A", "I-A", "I-B"])


def pairs(prefixes: str) -> st.SearchStrategy:
    pair = st.tuples(labels(prefixes), labels(prefixes))
    return st.lists(st.lists(pair, min_size=1, max_size=12), min_size=1, max_size=4)


def unzip(samples):
    return [[[pair[side] for pair in sample] for sample in samples] for side in (0, 1)]


@pytest.mark.parametrize(
    ("scheme", "prefixes", "options"),
    [
        ("conll", "BI", {}),
        ("conll", "BIES", {}),
        ("iob2", "BI", {"mode": "strict", "scheme": IOB2}),
    ],
)
@pytest.mark.parametrize("average", ["micro", "macro", None])
def test_f1_is_that_of_seqeval(scheme, prefixes, options, average):
    @given(pairs(prefixes))
    def agrees(samples):
        true, predicted = unzip(samples)
        if average != "micro" and not span_f1_score(true, predicted, scheme=scheme, average=None):
            return  # seqeval's mean over no types is NaN
        with warnings.catch_warnings():
            # it warns of types without a true or a predicted span, and of numpy's own future.
            warnings.simplefilter("ignore")
            expected = seqeval_f1(true, predicted, average=average, zero_division=0, **options)
            accuracy = seqeval_accuracy(true, predicted)
        got = span_f1_score(true, predicted, scheme=scheme, average=average)
        got = [*got.values()] if average is None else got
        np.testing.assert_allclose(got, np.asarray(expected), rtol=1e-12)
        assert token_accuracy_score(true, predicted) == pytest.approx(accuracy)

    agrees()


@pytest.mark.parametrize("measure", [token_accuracy_score, span_f1_score])
def test_every_container_of_labels_is_read_the_same(measure):
    expected = measure(TRUE, PREDICTED)
    objects = np.empty(2, dtype=object)
    objects[:] = [np.array(one) for one in TRUE]
    padded = np.array([["B-PER", "I-PER", "O"], ["B-LOC", "no label", "none"]])
    frame = pd.DataFrame([["B-PER", "I-PER", "O"], ["B-LOC", None, None]])
    for true in (objects, pd.Series(objects, index=["b", "a"]), tuple(TRUE), padded, frame):
        assert measure(true, PREDICTED) == expected


def test_numbers_are_labels():
    assert token_accuracy_score(np.array([[0, 1], [1, -1]]), [[0, 1], [0]]) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ((TRUE, PREDICTED[:1]), ValueError, "y_pred: got 1 samples while y_true has 2"),
        (
            (TRUE, [["O", "O"], ["O"]]),
            ValueError,
            "y_true: got 3 labels for sample 0.*y_pred has 2",
        ),
        ((np.array([["O"]]), [["O", "O"]]), ValueError, "y_true: got 1 labels for sample 0"),
        ((["O", "O"], [["O"], ["O"]]), ValueError, "y_true: got 'O' at position 0.*RNNClassifier"),
        (([["O", None]], [["O", "O"]]), ValueError, "y_true: got a missing label.*timestep 1"),
        (([[1, 0]], [["O", "O"]]), TypeError, "y_true: got labels such as \\[1\\]"),
        ((None, [["O"]]), ValueError, "y_true: requires y"),
        (([[]], [[]]), ValueError, "y_pred: got 1 samples without a single label"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, error, said):
    for measure in (token_accuracy_score, span_f1_score):
        with pytest.raises(error, match=said):
            measure(*arguments)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scheme": "IOBES"}, "scheme: got 'IOBES'. Expected one of"),
        ({"scheme": ["iob2"]}, r"scheme: got \['iob2'\]. Expected one of"),
        ({"average": "samples"}, "average: got 'samples'. Expected one of"),
    ],
)
def test_an_unknown_option_is_refused(options, said):
    with pytest.raises(ValueError, match=said):
        span_f1_score(TRUE, PREDICTED, **options)


@pytest.mark.parametrize("label", ["NOUN", "B-", "-A", "X-A", ""])
def test_a_label_that_marks_no_span_is_refused(label):
    with pytest.raises(ValueError, match=r"y_pred: got the label.*token_accuracy_score"):
        span_f1_score([["O"]], [[label]])


def test_the_strict_scheme_knows_no_other_prefixes():
    with pytest.raises(ValueError, match="y_true: got the label 'E-A'"):
        span_f1_score([["E-A"]], [["O"]], scheme="iob2")
