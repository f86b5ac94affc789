"""Nasty calls of every estimator and transformer end in a right answer or in a refusal that helps.

``benchmarks/nasty_inputs.py`` runs thousands more of them, and one again by its number.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from tests.nasty.cases import SUBJECTS, nasty_case, subject_of
from tests.nasty.judge import Case, judge

N_CASES = 500
N_QUICK = 100  # the rest is slow
STEP = 25


def violations_of(seeds: range) -> list[str]:
    found = []
    for seed in seeds:
        case = nasty_case(seed)
        outcome = judge(case)
        found += [f"{seed}: {' | '.join(case.story)}: {what}" for what in outcome.violations]
    return found


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(first, marks=() if first < N_QUICK else pytest.mark.slow)
        for first in range(0, N_CASES, STEP)
    ],
)
def test_nasty_inputs_are_answered_rightly_or_refused_with_a_way_out(first):
    found = violations_of(range(first, first + STEP))
    assert not found, "\n".join(found)


def test_the_cases_are_of_every_subject_and_kind():
    cases = [nasty_case(seed) for seed in range(N_CASES)]
    subjects = Counter(map(subject_of, range(N_CASES)))
    assert subjects.keys() == SUBJECTS.keys()
    assert min(subjects.values()) >= N_CASES // len(SUBJECTS) - 1
    assert {"fit", "predict", "transform", "update", "generate"} <= {c.method for c in cases}
    assert sum(case.twin is not None for case in cases) > N_CASES / 10
    assert {case.expects for case in cases} == {"answer", "refusal", "either"}


def test_a_number_is_always_the_same_case():
    for seed in range(40):
        one, other = nasty_case(seed), nasty_case(seed)
        assert (one.story, one.method, one.expects) == (other.story, other.method, other.expects)


# The judge finds each fault, on a model that has it.


class Faulty(BaseEstimator):
    """Has one fault, by name."""

    def __init__(self, fault="", size=1):
        self.fault = fault
        self.size = size

    def fit(self, X):
        if self.fault == "half fitted":
            self.mean_ = 1
            raise ValueError("X: got that. Expected this. Pass it.")
        if self.fault == "foreign":
            raise IndexError("tuple index out of range")
        if self.fault == "nameless":
            raise ValueError("got that. Expected this.")
        if self.fault == "helpless":
            raise ValueError("X: bad")
        if self.fault == "changes X":
            X[0] = 7
        if self.fault == "changes a parameter":
            self.size = 2
        if self.fault == "warns":
            np.float64(1) / np.float64(0)
        self.mean_ = np.inf if self.fault == "infinite" else 1.0
        if self.fault == "two answers" and isinstance(X, tuple):
            self.mean_ = 2.0
        return self

    def predict(self, X):
        if self.fault == "predict changes":
            self.mean_ = 3.0
        return np.full(len(X), self.mean_)


def judged(fault: str, method: str = "fit", **details) -> list[str]:
    model = Faulty(fault)
    if method == "predict":
        model.fit([1.0])
    case = Case(
        model,
        method,
        {"X": [1.0, 2.0]},
        answer=lambda model, result, data: model.predict(data["X"]),
        check=lambda answer, data: None if np.isfinite(answer).all() else "not finite",
        **details,
    )
    return judge(case).violations


@pytest.mark.parametrize(
    "fault, words",
    [
        ("half fitted", "changed the estimator"),
        ("foreign", "foreign error IndexError"),
        ("nameless", "no argument is named"),
        ("helpless", "no way out"),
        ("changes X", "an argument was changed"),
        ("changes a parameter", "a parameter was changed"),
        ("warns", "warns RuntimeWarning"),
        ("infinite", "not finite"),
    ],
)
def test_the_judge_finds(fault, words):
    assert any(words in violation for violation in judged(fault))


def test_the_judge_finds_a_prediction_that_changes_the_estimator():
    assert judged("predict changes", "predict") == ["the call changed the estimator"]


def test_the_judge_finds_two_answers_of_two_containers():
    assert judged("two answers", twin={"X": (1.0, 2.0)}) == ["two containers, two answers"]


def test_the_judge_finds_what_should_have_been_refused_or_answered():
    assert judged("", expects="refusal") == ["answered what cannot be meant"]
    assert any("refused what can" in what for what in judged("helpless", expects="answer"))


def test_the_judge_finds_nothing_where_nothing_is_wrong():
    assert judged("", twin={"X": (1.0, 2.0)}) == []
