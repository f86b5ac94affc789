"""A warning names the line of the caller, however deep in the package it arises."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

import skrnn
from skrnn import RNNClassifier
from skrnn._input.caller_warnings import warn_caller
from skrnn.exceptions import TokenIdsWarning

PACKAGE = Path(skrnn.__file__).parent
IDS = [[3, 5, 2], [4, 4, 7], [2, 6, 6], [5, 3, 4]] * 2
Y = [0, 1] * 4
TINY = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}


@pytest.mark.parametrize(
    "call",
    [
        lambda: RNNClassifier(**TINY).fit(IDS, Y),
        lambda: make_pipeline("passthrough", RNNClassifier(**TINY)).fit(IDS, Y),
        lambda: cross_val_score(RNNClassifier(**TINY), IDS, Y, cv=2),
        lambda: type("Mine", (RNNClassifier,), {"__init__": RNNClassifier.__init__})(**TINY).fit(
            IDS, Y
        ),
    ],
    ids=["fit", "pipeline", "cross-validation", "subclass"],
)
def test_the_callers_line_is_named(call):
    with pytest.warns(TokenIdsWarning) as caught:
        call()
    assert {warning.filename for warning in caught} == {__file__}


def test_in_a_thread_that_has_no_caller_a_line_of_skrnn_is_named():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # fit itself is what the thread runs, with no line of ours around it.
        thread = threading.Thread(target=RNNClassifier(**TINY).fit, args=(np.array(IDS), Y))
        thread.start()
        thread.join()
    named = [Path(w.filename) for w in caught if w.category is TokenIdsWarning]
    assert named and all(PACKAGE in path.parents for path in named)


def test_a_warning_that_was_made_already_keeps_its_class():
    with pytest.warns(TokenIdsWarning, match="made before") as caught:
        warn_caller(TokenIdsWarning("made before"))
    assert caught[0].filename == __file__
