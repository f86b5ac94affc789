"""Measures of label sequences: worked examples, seqeval, and what is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import accuracy_score as seqeval_accuracy
from seqeval.metrics import classification_report
from seqeval.metrics import f1_score as seqeval_f1
from seqeval.scheme import BILOU, IOB2, IOBES

from skrnn.metrics import span_f1_score, span_report, token_accuracy_score

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


# What seqeval knows; BMES it does not, which only has another letter.
schemes = pytest.mark.parametrize(
    ("scheme", "prefixes", "options"),
    [
        ("conll", "BI", {}),
        ("conll", "BIES", {}),
        ("iob2", "BI", {"mode": "strict", "scheme": IOB2}),
        ("bio", "BI", {"mode": "strict", "scheme": IOB2}),
        ("iobes", "BIES", {"mode": "strict", "scheme": IOBES}),
        ("bioes", "BIES", {"mode": "strict", "scheme": IOBES}),
        ("bilou", "BILU", {"mode": "strict", "scheme": BILOU}),
    ],
)


@schemes
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


@schemes
def test_the_report_has_the_numbers_of_seqeval(scheme, prefixes, options):
    @given(pairs(prefixes))
    def agrees(samples):
        true, predicted = unzip(samples)
        got = span_report(true, predicted, scheme=scheme, output_dict=True)
        if len(got) == 3:
            return  # seqeval has no report of no types
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = classification_report(
                true, predicted, output_dict=True, zero_division=0, **options
            )
        assert list(got) == list(expected)
        for name, row in got.items():
            assert row == pytest.approx({k: float(v) for k, v in expected[name].items()}), name

    agrees()


@pytest.mark.parametrize("digits", [0, 2, 5])
def test_the_report_is_written_like_that_of_seqeval(digits):
    true = [["B-A", "L-A", "O", "U-A_very_long_type"], ["U-B", "B-B", "I-B", "L-B"]]
    found = [["B-A", "L-A", "U-B", "U-B"], ["U-B", "B-B", "L-B", "O"]]
    got = span_report(true, found, scheme="bilou", digits=digits)
    options = {"mode": "strict", "scheme": BILOU, "digits": digits}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert got == classification_report(true, found, zero_division=0, **options)


@given(pairs("BIES"))
def test_bmes_is_iobes_with_another_letter_for_the_middle(samples):
    true, predicted = unzip(samples)
    as_bmes = [[[one.replace("I", "M", 1) for one in row] for row in y] for y in (true, predicted)]
    assert span_report(*as_bmes, scheme="bmes") == span_report(true, predicted, scheme="iobes")
    assert span_f1_score(*as_bmes, scheme="bmes") == span_f1_score(true, predicted, scheme="iobes")


def test_words_of_characters_are_spans_without_a_type():
    # two words of two characters and one of one; the second is cut in two.
    true, found = [list("BEBES")], [list("BESSS")]
    assert span_f1_score(true, found, scheme="bmes") == pytest.approx(4 / 7)
    report = span_report(true, found, scheme="bmes", output_dict=True)
    assert report["_"] == {
        "precision": 0.5,
        "recall": pytest.approx(2 / 3),
        "f1-score": pytest.approx(4 / 7),
        "support": 3,
    }


def test_spans_without_their_end_are_none_under_a_strict_scheme():
    for labels in (["B-A", "I-A", "O"], ["I-A", "L-A"], ["B-A", "L-B"], ["B-A", "U-A", "L-A"]):
        report = span_report([labels], [labels], scheme="bilou", output_dict=True)
        assert report["micro avg"]["support"] == ("U-A" in labels)


def test_a_report_of_no_spans_has_averages_only():
    report = span_report([["O"]], [["O"]], output_dict=True)
    zeros = {"precision": 0.0, "recall": 0.0, "f1-score": 0.0, "support": 0}
    assert report == dict.fromkeys(("micro avg", "macro avg", "weighted avg"), zeros)
    assert "micro avg" in span_report([["O"]], [["O"]])


@pytest.mark.parametrize("name", ["micro avg", "macro avg", "weighted avg"])
@pytest.mark.parametrize("is_found", [True, False])
def test_a_type_is_not_overwritten_by_an_average_of_its_name(name, is_found):
    true, found = [[f"B-{name}", "O", "B-PER"]], [[f"B-{name}", "B-PER", "O"]]
    pair = (true, found) if is_found else (found, [["O", "O", "O"]])
    with pytest.raises(ValueError, match=f"y_true and y_pred: got spans of the type '{name}'"):
        span_report(*pair, output_dict=True)
    words = [line.strip().rsplit(maxsplit=4) for line in span_report(*pair).splitlines()]
    share = "1.00" if is_found else "0.00"
    assert words[2:4] == [["PER", *["0.00"] * 3, "1"], [name, *[share] * 3, "1"]]
    renamed = [[[one.replace(" ", "_") for one in row] for row in y] for y in pair]
    report = span_report(*renamed, output_dict=True)
    assert report[name.replace(" ", "_")]["f1-score"] == float(is_found)
    assert report[name]["support"] == 2


@pytest.mark.parametrize("name", ["micro", "macro avg.", "Micro avg", "f1-score", "support", "avg"])
def test_types_of_similar_names_have_rows_of_their_own(name):
    report = span_report([[f"U-{name}"]], [["O"]], scheme="bilou", output_dict=True)
    assert report[name] == {"precision": 0.0, "recall": 0.0, "f1-score": 0.0, "support": 1}
    assert len(report) == 4


@pytest.mark.parametrize("digits", [-1, 1.5, True, None])
def test_decimals_are_a_number(digits):
    with pytest.raises(ValueError, match=r"digits: got .*0 or more"):
        span_report(TRUE, PREDICTED, digits=digits)


@pytest.mark.parametrize("measure", [token_accuracy_score, span_f1_score, span_report])
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
        (([["O", "O"]], [["O", None]]), ValueError, "y_pred: got a missing label.*timestep 1"),
        (([[None, None]], [["O", "O"]]), ValueError, "y_true: got no label at all"),
        (([[1, 0]], [["O", "O"]]), TypeError, "y_true: got labels such as \\[1\\]"),
        ((None, [["O"]]), ValueError, "y_true: requires y"),
        (([[]], [[]]), ValueError, "y_pred: got 1 samples without a single label"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, error, said):
    for measure in (token_accuracy_score, span_f1_score, span_report):
        with pytest.raises(error, match=said):
            measure(*arguments)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scheme": "IOBES"}, "scheme: got 'IOBES'. Expected one of"),
        ({"scheme": None}, "scheme: got None. Expected one of"),
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
