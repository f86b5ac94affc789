"""What RNNTagger refuses: the message names the argument, what came, and the way out."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from itertools import product
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse

from skrnn import RNNTagger

PARAMS = {"hidden_size": 4, "max_epochs": 1, "batch_size": 8, "random_state": 0}
LENGTHS = [3, 5, 4, 2]
X = [np.random.default_rng(length).normal(size=(length, 2)) for length in LENGTHS]
Y = [np.array(["A", "B", "A", "B", "A"])[:length] for length in LENGTHS]


def changed(sample: int, labels: Any) -> list[Any]:
    y: list[Any] = [one.tolist() for one in Y]
    y[sample] = labels
    return y


@dataclass
class Bad:
    y: Any
    said: str
    error: type = ValueError
    X: Any = None


PADDED_X = [np.concatenate([x, np.full((2, 2), np.nan)]) for x in X]
CASES = {
    "none": Bad(None, r"y: requires y.*None.*one label for each timestep"),
    "a string": Bad("ABAB", r"y: got a str.*list of label sequences", TypeError),
    "a mapping": Bad(dict(enumerate(Y)), r"y: got a dict.*list of label sequences", TypeError),
    "a generator": Bad((one for one in Y), r"y: got a generator.*list\(y\)", TypeError),
    "a number": Bad(3, r"y: got a int\. Expected a list of label sequences", TypeError),
    "sparse": Bad(sparse.eye_array(4, 5).tocsr(), r"y: got a sparse.*y\.toarray\(\)", TypeError),
    "one label a sample": Bad(
        ["A", "B", "A", "B"],
        r"y: got 'A' at position 0, one label for a whole.*Pass \[y\] if.*RNNClassifier",
    ),
    "one number a sample": Bad(np.array([0, 1, 0, 1]), r"position 0.*RNNClassifier"),
    "one label a sample in a series": Bad(pd.Series(["A", "B"] * 2), r"RNNClassifier"),
    "one label among sequences": Bad(changed(2, "A"), r"y: got 'A' at position 2"),
    "texts": Bad(["A B A", "A B", "A", "B"], r"\[labels\.split\(\) for labels in y\]"),
    "3-D": Bad(np.zeros((4, 5, 2)), r"y: got shape \(4, 5, 2\).*argmax\(axis=2\)"),
    "a matrix for a sample": Bad(
        changed(1, np.zeros((5, 2))), r"y: .*no 1-D sequence at position 1, shape \(5, 2\)"
    ),
    "nested unevenly": Bad(changed(1, ["A", ["B"], "A", "B", "A"]), r"y: .*position 1"),
    "a set for a sample": Bad(changed(0, {"A", "B"}), r"y: got a set at position 0", TypeError),
    "a sample too few": Bad(Y[:-1], r"y: got 3 samples while X has 4"),
    "a label too few": Bad(
        changed(1, ["A"] * 4), r"y: got 4 labels for sample 1, which has 5 timesteps in X.*X\[1\]"
    ),
    "a label too many": Bad(changed(3, ["A"] * 3), r"got 3 labels for sample 3, which has 2"),
    "features before time": Bad(
        [["A", "B"]] * 4,
        r"got 2 labels for sample 0, which has 3 .*\[x\.T for x in X\]",
        X=np.random.default_rng(0).normal(size=(4, 3, 2)),
    ),
    "no label at all": Bad(changed(0, []), r"y: got 0 labels for sample 0, which has 3"),
    "rows too short": Bad(np.full((4, 4), "A"), r"y: got 4 labels for sample 1, which has 5"),
    "neither length": Bad(
        changed(0, ["A"] * 4),
        r"y: got 4 labels for sample 0, which has 3 timesteps \(5 with the 2 all-NaN ones at the",
        X=PADDED_X,
    ),
    "no label anywhere": Bad(
        [[None] * n for n in LENGTHS], r"y: got no label at all.*Leave out samples without any"
    ),
    "NaN everywhere": Bad([np.full(n, np.nan) for n in LENGTHS], r"y: got no label at all"),
    "numbers on a scale among missing ones": Bad(
        [np.append(np.nan, np.linspace(0.1, 0.9, n - 1)) for n in LENGTHS], r"y: .*np\.digitize"
    ),
    "mixed types": Bad(changed(1, [0, 1, 0, 1, 0]), r"y: got labels of mixed types", TypeError),
    "lists as labels": Bad(
        [[(1, 2)] * n for n in LENGTHS], r"y: got labels that are no 1-D sequence at position 0"
    ),
    "numbers on a scale": Bad(
        [np.linspace(0.1, 0.9, n) for n in LENGTHS], r"y: .*one for each timestep.*np\.digitize"
    ),
    "complex": Bad([np.zeros(n) + 1j for n in LENGTHS], r"y: got complex numbers"),
    "one class": Bad([["A"] * n for n in LENGTHS], r"y: got one class only, \['A'\].*at least 2"),
}


METHODS = ["fit", "partial_fit", "score", "validation"]
# One class is enough once all are known; and without y_val a fit holds samples out by itself.
NO_DEFECT = {("one class", method) for method in METHODS[1:]} | {("none", "validation")}


@pytest.mark.parametrize(
    ("defect", "method"), [pair for pair in product(CASES, METHODS) if pair not in NO_DEFECT]
)
def test_bad_labels_are_refused_with_a_way_out_and_change_nothing(defect, method):
    bad = CASES[defect]
    y = bad.y
    if defect == "a generator":
        y = (one for one in Y)  # it can be read only once
    given = X if bad.X is None else bad.X
    said = bad.said
    tagger = RNNTagger(**PARAMS).fit(X, Y)
    before = joblib.hash(tagger.predict_proba(X))
    kept = copy.copy(vars(tagger))
    with pytest.raises(bad.error) as caught:
        if method == "validation":
            tagger.fit(X, Y, X_val=given, y_val=y)
        elif method == "partial_fit":
            tagger.partial_fit(given, y)
        else:
            getattr(tagger, method)(given, y)
    message = str(caught.value)
    if method == "validation":
        message = message.replace("y_val", "y").replace("X_val", "X")
    assert re.search(said, message, flags=re.DOTALL), message
    assert vars(tagger) == kept
    assert joblib.hash(tagger.predict_proba(X)) == before


def test_labels_that_training_did_not_see_are_refused_in_validation_data():
    with pytest.raises(ValueError, match=r"y_val: got the labels \['C'\].*among \['A', 'B'\]"):
        RNNTagger(**PARAMS).fit(X, Y, X_val=X, y_val=changed(3, ["A", "C"]))
    tagger = RNNTagger(**PARAMS).fit(X, Y)
    with pytest.raises(ValueError, match=r"y: got the labels \['C'\], which were not among"):
        tagger.partial_fit(X, changed(3, ["A", "C"]))


def test_scoring_refuses_labels_of_another_type_and_labels_that_are_all_unknown():
    tagger = RNNTagger(**PARAMS).fit(X, Y)
    numbers = [np.arange(n) % 2 for n in LENGTHS]
    with pytest.raises(TypeError, match=r"y: got labels such as \[0\].*Convert y"):
        tagger.score(X, numbers)
    with pytest.raises(ValueError, match=r"y: got the labels \['a', 'b'\], none of which"):
        tagger.score(X, [np.char.lower(one) for one in Y])


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"sample_weight": [1, 2, 3]}, ValueError, "sample_weight: got 3 weights for 4 samples"),
        ({"sample_weight": np.ones((4, 4))}, ValueError, "got 4 weights for sample 1, which has 5"),
        ({"sample_weight": [np.ones(3)] * 3}, ValueError, "for 3 samples. Expected.*4 samples"),
        (
            {"sample_weight": [np.ones(n + 1) for n in LENGTHS]},
            ValueError,
            "4 weights for sample 0",
        ),
        ({"sample_weight": [np.ones((n, 2)) for n in LENGTHS]}, ValueError, "of shape \\(3, 2\\)"),
        ({"sample_weight": [np.full(n, -1) for n in LENGTHS]}, ValueError, "negative weight -1"),
        ({"sample_weight": [np.full(n, np.nan) for n in LENGTHS]}, ValueError, "got NaN"),
        ({"sample_weight": [["x"] * n for n in LENGTHS]}, ValueError, "sample_weight: "),
        ({"sample_weight": np.zeros((4, 5))}, ValueError, "sample_weight: got only zeros"),
        ({"sample_weight": [0, 0, 0, 0]}, ValueError, "sample_weight: got only zeros"),
        ({"X_val": X}, ValueError, "X_val: got it without y_val"),
        ({"y_val": Y}, ValueError, "y_val: got it without X_val"),
        ({"groups": [1, 2]}, ValueError, r"groups: got shape \(2,\)"),
    ],
)
def test_other_arguments_of_fit_are_refused_as_everywhere(arguments, error, said):
    with pytest.raises(error, match=said):
        RNNTagger(**PARAMS).fit(X, Y, **arguments)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"output_layer": "viterbi"}, "output_layer"),
        ({"output_layer": None}, "output_layer"),
        ({"hidden_size": 0}, "hidden_size"),
        ({"dropout": 1.0}, "dropout"),
        ({"cell": "elman"}, "cell"),
        ({"class_weight": "equal"}, "class_weight"),
        ({"class_weight": {"C": 1.0}}, r"class_weight: got the labels \['C'\], which y does not"),
        ({"class_weight": {"A": -1.0}}, "class_weight: got .* Expected finite numbers"),
        ({"class_weight": {"A": 0.0, "B": 0.0}}, "class_weight: got .* not all 0"),
    ],
)
def test_parameters_out_of_range_are_refused(params, said):
    with pytest.raises(ValueError, match=said):
        RNNTagger(**(PARAMS | params)).fit(X, Y)


def test_the_first_call_of_partial_fit_needs_the_classes():
    with pytest.raises(ValueError, match=r"classes: got None.*np\.concatenate"):
        RNNTagger(**PARAMS).partial_fit(X, Y)
    with pytest.raises(ValueError, match="classes: got one class only"):
        RNNTagger(**PARAMS).partial_fit(X, [["A"] * n for n in LENGTHS], classes=["A"])
    tagger = RNNTagger(**PARAMS).partial_fit(X, Y, classes=["A", "B"])
    with pytest.raises(ValueError, match="Expected the same classes in every call"):
        tagger.partial_fit(X, Y, classes=["A", "B", "C"])


def test_a_criterion_that_cannot_read_timesteps_is_refused_with_the_shapes():
    class OfSamples(torch.nn.CrossEntropyLoss):
        pass

    tagger = RNNTagger(**PARAMS, net_params={"criterion": OfSamples})
    with pytest.raises(ValueError, match=r"net_params: got a criterion.*Leave it out"):
        tagger.fit(X, Y)
