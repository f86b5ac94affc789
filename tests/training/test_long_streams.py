"""A call of partial_fit costs the same, however many there were before."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from skorch.callbacks import Callback, EpochScoring
from skorch.history import History

from skrnn import RNNClassifier, RNNRegressor, RNNTagger
from skrnn._training.history import EpochHistory
from tests.sequences.small_networks import CONSTANT, TARGETS, X, Y

LABELS = [["low" if row[0] < 10 else "high" for row in x] for x in X]
ESTIMATORS = {
    "classifier": (RNNClassifier, Y, {"classes": [0, 1]}),
    "regressor": (RNNRegressor, TARGETS, {}),
    "tagger": (RNNTagger, LABELS, {"classes": ["low", "high"]}),
}
every = pytest.mark.parametrize(("make", "y", "first"), ESTIMATORS.values(), ids=ESTIMATORS.keys())


def n_steps_of(action) -> int:
    """Count calls of functions, in Python and in C: unlike time, the same on a busy machine."""
    n_steps = 0

    def count(frame, event, argument):
        nonlocal n_steps
        n_steps += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(None)
    return n_steps


def grow(model, n_calls: int) -> None:
    """Give a model the history of that many further calls."""
    for rows in (model.net_.history, model.history_):
        first = len(rows)
        rows.extend(dict(rows[0], epoch=first + i + 1) for i in range(n_calls))
    model.loss_curve_.extend(model.loss_curve_[:1] * n_calls)
    model.n_iter_ = len(model.history_)


@pytest.mark.slow
@every
@pytest.mark.parametrize("callbacks", [None, [EpochScoring("r2", on_train=True)], [Callback]])
def test_a_call_costs_the_same_after_ten_thousand_calls(make, y, first, callbacks):
    if make is RNNTagger and callbacks and isinstance(callbacks[0], EpochScoring):
        callbacks = [EpochScoring("accuracy", on_train=True)]
    model = make(**CONSTANT, callbacks=callbacks)
    for _ in range(3):
        model.partial_fit(X, y, **first)
    early = n_steps_of(lambda: model.partial_fit(X, y))
    grow(model, 10_000)
    late = n_steps_of(lambda: model.partial_fit(X, y))
    assert late <= 1.1 * early
    assert model.n_iter_ == len(model.history_) == len(model.loss_curve_) == 10_005
    assert [epoch["epoch"] for epoch in model.history_] == [*range(1, 10_006)]
    assert len(model.net_.history) == 10_005


@every
def test_every_call_adds_one_epoch_and_leaves_the_others(make, y, first):
    model = make(**CONSTANT)
    seen, held = [], []
    for call in range(5):
        model.partial_fit(X, y, **first)
        seen.append(dict(model.history_[-1]))
        held.append((model.history_, model.loss_curve_))
        assert model.history_ == seen
        assert model.n_iter_ == call + 1
    # What the caller took from an earlier call does not grow.
    assert [len(history) for history, _ in held] == [1, 2, 3, 4, 5]
    assert [len(losses) for _, losses in held] == [1, 2, 3, 4, 5]
    assert model.loss_curve_ == [epoch["train_loss"] for epoch in seen]


def test_what_a_callback_adds_at_the_end_or_begin_of_a_training_is_kept():
    class Noting(Callback):
        def on_train_begin(self, net, X=None, y=None, **kwargs):
            if net.history:
                net.history.record("before", len(net.history))

        def on_train_end(self, net, X=None, y=None, **kwargs):
            net.history.record("after", len(net.history))

    model = RNNClassifier(**CONSTANT, callbacks=[Noting])
    for _ in range(4):
        model.partial_fit(X, Y, classes=[0, 1])
    assert [epoch["after"] for epoch in model.history_] == [1, 2, 3, 4]
    assert [epoch.get("before") for epoch in model.history_] == [1, 2, 3, None]


def test_a_warm_start_after_partial_fit_goes_on_with_the_history():
    model = RNNClassifier(**CONSTANT, warm_start=True).fit(X, Y).partial_fit(X, Y).fit(X, Y)
    assert [epoch["epoch"] for epoch in model.history_] == [*range(1, 8)]
    assert len(model.loss_curve_) == 7
    assert model.set_params(warm_start=False).fit(X, Y).n_iter_ == 3


@pytest.mark.parametrize(
    "index",
    [
        *(0, -1, slice(None), slice(-2, None), (0, "loss"), (-1, "loss"), (slice(None), "loss")),
        *((0, ("loss", "epoch")), (-1, "batches"), (0, "batches", -1), (0, "batches", 0, "size")),
        *((-1, "batches", slice(None), "size"), (slice(None), "batches", slice(None), "size")),
        *((0, "batches", slice(None), ("size", "n")), 9, (9, "loss"), (0, "none"), (0, "loss", 1)),
        *((0, "batches", 7), (0, "batches", slice(None), "none"), "loss", (), (0, "loss", 0, 0, 0)),
        *((np.int64(0), "loss"), (True, "loss"), (slice(9, None), "loss"), (slice(None), "none")),
    ],
    ids=str,
)
def test_a_history_is_indexed_as_in_skorch(index):
    rows = [
        {"epoch": i, "loss": i / 2, "batches": [{"size": 4 + i, "n": b} for b in range(3)]}
        for i in range(3)
    ]

    def result(kind):
        try:
            return kind(rows)[index]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            return type(error), str(error)

    assert result(EpochHistory) == result(History)
    assert EpochHistory().to_list() == []
