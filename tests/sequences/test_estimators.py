"""What RNNClassifier and RNNRegressor promise beyond scikit-learn's own checks."""

from __future__ import annotations

import copy
import io
import pickle
import tempfile
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning
from sklearn.metrics import accuracy_score, get_scorer, log_loss, r2_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import (
    Callback,
    EarlyStopping,
    EpochScoring,
    GradientNormClipping,
    LRScheduler,
)

from skrnn import RNNClassifier, RNNRegressor, RNNTagger
from skrnn._training.holding_out import hold_out
from skrnn._training.schedules import SCHEDULES, schedule_factor
from skrnn.preprocessing import PerTimestep, SequencePadder

# A single direction and few units: a fit takes some 20 milliseconds.
TINY: dict[str, Any] = {
    "hidden_size": 4,
    "bidirectional": False,
    "max_epochs": 3,
    "batch_size": 8,
    "learning_rate": 0.05,
    "random_state": 0,
}
# One batch of everything in double precision and nothing random: what is equal on paper is then
# equal to rounding.
STRICT = TINY | {
    "batch_size": 10**6,
    "dropout": 0.0,
    "input_noise": 0.0,
    "dtype": "float64",
    "early_stopping": False,
    "segment_length": 1,
}
N = 32


def make_data(n_samples: int = N, seed: int = 0):
    """Ragged sequences of two features with a large offset; their level tells class and target."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % 2
    X = [10 + rng.normal(2.0 * label - 1.0, 0.7, size=(rng.integers(3, 8), 2)) for label in y]
    return X, y, np.array([x.mean() for x in X])


X, Y, TARGETS = make_data()
X_VAL, Y_VAL, TARGETS_VAL = make_data(12, seed=1)
X_NEW, Y_NEW, _ = make_data(10, seed=2)
TOKENS = [[2, 3, 2], [4, 5, 4, 4]] * (N // 2)

ESTIMATORS = {
    "classifier": (RNNClassifier, Y, Y_VAL),
    "regressor": (RNNRegressor, TARGETS, TARGETS_VAL),
}
both = pytest.mark.parametrize(("make", "y", "y_val"), ESTIMATORS.values(), ids=ESTIMATORS.keys())


def scores(model, X=X_NEW) -> np.ndarray:
    """Whatever a model predicts as numbers."""
    return model.predict_proba(X) if isinstance(model, RNNClassifier) else model.predict(X)


def weights(model) -> dict[str, np.ndarray]:
    return {k: v.numpy().copy() for k, v in model.net_.module_.state_dict().items()}


def flat_weights(model) -> np.ndarray:
    return np.concatenate([w.ravel() for w in weights(model).values()]).astype(np.float64)


class Watcher(Callback):
    """Keep what the training loop hands to callbacks at the end of an epoch."""

    def on_epoch_end(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        self.train = dataset_train.X
        self.valid = None if dataset_valid is None else dataset_valid.X


def watched(model):
    return next(c for _, c in model.net_.callbacks_ if isinstance(c, Watcher))


# --------------------------------------------------------------------------------------
# labels and targets
# --------------------------------------------------------------------------------------

LABELS = {
    "strings": np.array(["no", "yes"])[Y],
    "a list of strings": np.array(["no", "yes"])[Y].tolist(),
    "objects": np.array(["no", "yes"], dtype=object)[Y],
    "booleans": Y.astype(bool),
    "integers with a gap": np.array([-7, 40])[Y],
    "small integers": Y.astype(np.int8),
    "whole floats": Y.astype(float),
    "pandas categories": pd.Series(np.array(["no", "yes"])[Y], dtype="category"),
    "pandas strings": pd.Series(np.array(["no", "yes"])[Y], dtype="string"),
    "pandas default strings": pd.Series(np.array(["no", "yes"])[Y].tolist()),
    "pandas nullable integers": pd.Series(Y, dtype="Int64"),
    "pandas nullable booleans": pd.Series(Y.astype(bool), dtype="boolean"),
    "a pandas index of its own": pd.Series(Y, index=np.arange(N)[::-1]),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS.keys())
def test_labels_of_any_type_come_back_as_they_were(labels):
    model = RNNClassifier(**TINY).fit(X, labels)
    plain = RNNClassifier(**TINY).fit(X, Y)
    expected = np.asarray(labels)[:2].tolist()
    assert model.classes_.tolist() == expected
    np.testing.assert_array_equal(model.predict_proba(X_NEW), plain.predict_proba(X_NEW))
    predicted = model.predict(X_NEW)
    assert predicted.tolist() == [expected[k] for k in plain.predict(X_NEW)]
    assert model.score(X, labels) == plain.score(X, Y) > 0.9


def test_several_classes_get_probabilities_that_sum_to_one():
    labels = np.array(["c", "a", "b"])[np.arange(N) % 3]
    model = RNNClassifier(**TINY).fit(X, labels)
    assert model.classes_.tolist() == ["a", "b", "c"]
    probabilities = model.predict_proba(X_NEW)
    assert probabilities.shape == (len(X_NEW), 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(model.predict(X_NEW), model.classes_[probabilities.argmax(1)])


@pytest.mark.parametrize("kind", [np.int64, bool, float])
def test_each_label_of_a_multilabel_target_has_its_own_probability(kind):
    labels = np.column_stack([Y, 1 - Y, np.ones_like(Y)]).astype(kind)
    model = RNNClassifier(**(TINY | {"max_epochs": 15})).fit(X, labels)
    probabilities = model.predict_proba(X_NEW)
    assert probabilities.shape == (len(X_NEW), 3)
    assert (probabilities[:, 2] > 0.5).all()
    assert not np.allclose(probabilities.sum(axis=1), 1)
    predicted = model.predict(X_NEW)
    np.testing.assert_array_equal(predicted, probabilities > 0.5)
    assert model.score(X, labels) > 0.9


TARGET_SHAPES = {
    "1-D": (TARGETS, ()),
    "a list": (TARGETS.tolist(), ()),
    "a Series": (pd.Series(TARGETS), ()),
    "nullable floats": (pd.Series(TARGETS, dtype="Float64"), ()),
    "integers": (np.round(TARGETS).astype(int), ()),
    "two columns": (np.column_stack([TARGETS, -TARGETS]), (2,)),
    "a DataFrame": (pd.DataFrame({"a": TARGETS, "b": TARGETS**2}), (2,)),
}


@pytest.mark.parametrize(("y", "shape"), TARGET_SHAPES.values(), ids=TARGET_SHAPES.keys())
def test_a_regressor_predicts_in_the_shape_of_its_targets(y, shape):
    model = RNNRegressor(**(TINY | {"max_epochs": 15})).fit(X, y)
    predicted = model.predict(X_NEW)
    assert predicted.shape == (len(X_NEW), *shape)
    assert predicted.dtype == np.float64
    assert model.n_outputs_ == (shape[0] if shape else 1)
    assert model.score(X, y) > 0.5


def test_a_column_of_targets_is_taken_as_1d_with_scikit_learns_warning():
    for make, y in ((RNNRegressor, TARGETS), (RNNClassifier, Y)):
        with pytest.warns(DataConversionWarning):
            model = make(**TINY).fit(X, y[:, None])
        assert model.predict(X_NEW).shape == (len(X_NEW),)


def test_the_unit_of_a_target_moves_predictions_along():
    plain = RNNRegressor(**STRICT).fit(X, TARGETS).predict(X_NEW)
    other_unit = RNNRegressor(**STRICT).fit(X, 1e6 + 1e3 * TARGETS).predict(X_NEW)
    np.testing.assert_allclose(other_unit, 1e6 + 1e3 * plain, rtol=1e-9)


# --------------------------------------------------------------------------------------
# weights
# --------------------------------------------------------------------------------------


def test_a_heavier_class_is_predicted_more_often():
    plain = RNNClassifier(**TINY).fit(X, Y).predict_proba(X_NEW)[:, 1]
    for heavy, sign in ((1, 1), (0, -1)):
        model = RNNClassifier(**TINY, class_weight={heavy: 30.0}).fit(X, Y)
        assert (sign * (model.predict_proba(X_NEW)[:, 1] - plain) > 0).all()


def test_balanced_weights_raise_the_rare_class():
    rare = np.concatenate([np.flatnonzero(Y == 0), np.flatnonzero(Y == 1)[:3]])
    X_rare, y_rare = [X[i] for i in rare], np.array(["often", "rare"])[Y[rare]]
    plain = RNNClassifier(**TINY).fit(X_rare, y_rare)
    balanced = RNNClassifier(**TINY, class_weight="balanced").fit(X_rare, y_rare)
    assert (balanced.predict_proba(X_NEW)[:, 1] > plain.predict_proba(X_NEW)[:, 1]).all()
    # n_samples / (n_classes * count), as scikit-learn defines it.
    by_hand = {"often": 19 / (2 * 16), "rare": 19 / (2 * 3)}
    given = RNNClassifier(**TINY, class_weight=by_hand).fit(X_rare, y_rare)
    np.testing.assert_allclose(scores(given), scores(balanced), atol=1e-6)


def test_class_weights_multiply_sample_weights():
    settings = STRICT | {"standardize": False}
    sample_weight = np.random.default_rng(0).random(N) + 0.1
    both_given = RNNClassifier(**settings, class_weight={0: 1.0, 1: 5.0})
    both_given.fit(X, Y, sample_weight=sample_weight)
    product = RNNClassifier(**settings).fit(X, Y, sample_weight * np.where(Y == 1, 5.0, 1.0))
    np.testing.assert_allclose(scores(both_given), scores(product), rtol=1e-9)


def with_missing(sequences):
    """Take out one value in every third sequence."""
    gaps = [x.copy() for x in sequences]
    for x in gaps[::3]:
        x[1, 0] = np.nan
    return gaps


@both
@pytest.mark.parametrize("spoil", [list, with_missing], ids=["complete", "missing values"])
def test_a_weight_of_zero_is_the_absence_of_the_sample(make, y, y_val, spoil):
    sequences = spoil(X)
    keep = np.random.default_rng(0).random(N) < 0.6
    # what is left out may be as odd as it likes.
    odd = [x if k else x * 1e3 for x, k in zip(sequences, keep, strict=True)]
    weighted = make(**STRICT).fit(odd, y, sample_weight=keep.astype(float))
    removed = make(**STRICT).fit([x for x, k in zip(sequences, keep, strict=True) if k], y[keep])
    np.testing.assert_allclose(scores(weighted), scores(removed), rtol=1e-9)


@both
@pytest.mark.parametrize("spoil", [list, with_missing], ids=["complete", "missing values"])
def test_whole_weights_are_repetitions(make, y, y_val, spoil):
    sequences = spoil(X)
    times = np.random.default_rng(0).integers(1, 4, size=N)
    order = np.repeat(np.arange(N), times)
    weighted = make(**STRICT).fit(sequences, y, sample_weight=times)
    repeated = make(**STRICT).fit([sequences[i] for i in order], y[order])
    np.testing.assert_allclose(scores(weighted), scores(repeated), rtol=1e-9)


@both
def test_equal_weights_are_no_weights(make, y, y_val):
    weighted = make(**STRICT).fit(X, y, sample_weight=np.full(N, 7.0))
    np.testing.assert_allclose(scores(weighted), scores(make(**STRICT).fit(X, y)), rtol=1e-9)


# --------------------------------------------------------------------------------------
# validation and early stopping
# --------------------------------------------------------------------------------------


def loss_by_hand(model, X, y) -> float:
    if isinstance(model, RNNClassifier):
        return log_loss(y, model.predict_proba(X), labels=model.classes_)
    return np.mean((model.predict(X) - y) ** 2) / np.var(TARGETS)


@both
def test_early_stopping_restores_the_weights_of_the_best_epoch(make, y, y_val):
    # every fourth validation target is wrong: past a point the loss must rise with confidence.
    wrong = np.where(np.arange(len(y_val)) % 4 == 0, y_val[::-1], y_val)
    settings = TINY | {"max_epochs": 60, "n_iter_no_change": 5}
    model = make(**settings, learning_rate_schedule="constant")
    model.fit(X, y, X_val=X_VAL, y_val=wrong)
    losses = [epoch["valid_loss"] for epoch in model.history_]
    assert model.n_iter_ < 60
    assert model.n_iter_ == model.best_epoch_ + 5
    assert losses[model.best_epoch_ - 1] == min(losses)
    assert min(losses) < losses[-1]
    np.testing.assert_allclose(loss_by_hand(model, X_VAL, wrong), min(losses), rtol=1e-4)


@both
def test_validation_data_is_only_watched_without_early_stopping(make, y, y_val):
    settings = TINY | {"early_stopping": False}
    watching = make(**settings).fit(X, y, X_val=X_VAL, y_val=y_val)
    alone = make(**settings).fit(X, y)
    np.testing.assert_array_equal(scores(watching), scores(alone))
    assert "valid_loss" not in alone.history_[0]
    assert watching.best_epoch_ == watching.n_iter_ == TINY["max_epochs"]
    np.testing.assert_allclose(
        loss_by_hand(watching, X_VAL, y_val), watching.history_[-1]["valid_loss"], rtol=1e-4
    )


@both
def test_a_share_of_the_samples_is_held_out_when_none_are_given(make, y, y_val):
    settings = TINY | {"early_stopping": True, "validation_fraction": 0.25}
    model = make(**settings, callbacks=[Watcher()]).fit(X, y)
    assert len(watched(model).valid) == N // 4
    assert len(watched(model).train) == N - N // 4
    assert all("valid_loss" in epoch for epoch in model.history_)


def test_the_held_out_share_has_every_class_in_proportion():
    labels = np.repeat(["a", "b", "c"], [16, 12, 4])
    model = RNNClassifier(
        **TINY, early_stopping=True, validation_fraction=0.25, callbacks=[Watcher()]
    ).fit(X, labels)
    assert np.bincount(watched(model).valid.y).tolist() == [4, 3, 1]


@both
def test_groups_are_held_out_whole(make, y, y_val):
    # the length of a sequence tells its group to the one who looks.
    groups = np.arange(N) // 4
    sequences = [np.resize(x, (3 + g, 2)) for x, g in zip(X, groups, strict=True)]
    model = make(**TINY, early_stopping=True, validation_fraction=0.3, callbacks=[Watcher()])
    model.fit(sequences, y, groups=np.array(["subject"], dtype=object) + groups.astype(str))
    train, valid = (set(part.numpy_lengths.tolist()) for part in vars(watched(model)).values())
    assert train and valid
    assert not train & valid
    assert len(train) + len(valid) == 8


def test_fewer_validation_samples_than_classes_are_no_obstacle():
    labels = np.arange(N) % 10
    model = RNNClassifier(**TINY, early_stopping=True, validation_fraction=0.1).fit(X, labels)
    assert len(model.classes_) == 10
    assert np.isfinite([epoch["valid_loss"] for epoch in model.history_]).all()


def test_class_weights_count_in_the_validation_loss():
    model = RNNClassifier(**TINY, early_stopping=False, class_weight={0: 1.0, 1: 9.0})
    model.fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    expected = log_loss(Y_VAL, model.predict_proba(X_VAL), sample_weight=1.0 + 8.0 * Y_VAL)
    np.testing.assert_allclose(model.history_[-1]["valid_loss"], expected, rtol=1e-4)


def test_fitting_writes_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    model = RNNClassifier(**TINY, early_stopping=True).fit(X, Y)
    model.partial_fit(X, Y).predict(X_NEW)
    assert list(tmp_path.iterdir()) == []


# --------------------------------------------------------------------------------------
# the split itself
# --------------------------------------------------------------------------------------

fractions = st.floats(0.01, 0.99)
seeds = st.integers(0, 3)


def assert_partition(train, valid, n_samples):
    assert len(train) > 0
    assert len(valid) > 0
    assert sorted([*train, *valid]) == list(range(n_samples))
    assert (np.diff(train) > 0).all()
    assert (np.diff(valid) > 0).all()


@given(st.integers(2, 60), fractions, seeds)
def test_a_plain_split_has_the_asked_size(n_samples, fraction, seed):
    train, valid = hold_out(n_samples, fraction, np.random.default_rng(seed))
    assert_partition(train, valid, n_samples)
    assert abs(len(valid) - fraction * n_samples) <= 1
    again = hold_out(n_samples, fraction, np.random.default_rng(seed))
    np.testing.assert_array_equal(again[1], valid)


@given(st.lists(st.integers(0, 6), min_size=2, max_size=60), fractions, seeds)
def test_a_stratified_split_leaves_every_class_to_train_on(drawn, fraction, seed):
    labels = np.unique(drawn, return_inverse=True)[1]
    counts = np.bincount(labels)
    rng = np.random.default_rng(seed)
    train, valid = hold_out(len(labels), fraction, rng, labels=labels)
    assert_partition(train, valid, len(labels))
    if counts.max() > 1:
        assert set(labels[train]) == set(labels)
    taken = np.bincount(labels[valid], minlength=len(counts))
    # a class gives no more than its share, rounded up, unless others have no more to give.
    others_are_spent = (taken >= counts - 1) | (taken >= np.floor(fraction * counts))
    assert others_are_spent.all()


@given(
    st.lists(st.integers(0, 8), min_size=2, max_size=60),
    fractions,
    seeds,
    st.booleans(),
)
def test_a_split_by_groups_cuts_no_group(drawn, fraction, seed, labelled):
    groups = np.array(drawn)
    assume(len(set(drawn)) > 1)
    labels = np.arange(len(groups)) % 2 if labelled else None
    rng = np.random.default_rng(seed)
    train, valid = hold_out(len(groups), fraction, rng, labels=labels, groups=groups)
    assert_partition(train, valid, len(groups))
    assert not set(groups[train]) & set(groups[valid])


@given(st.lists(st.integers(1, 30), min_size=2, max_size=12), fractions, seeds)
def test_a_split_by_groups_misses_the_asked_size_by_less_than_a_group(sizes, fraction, seed):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    _, valid = hold_out(len(groups), fraction, np.random.default_rng(seed), groups=groups)
    n_wanted = min(max(1, round(fraction * len(groups))), len(groups) - 1)
    # a group is added only if it fills more than it overshoots, unless it is the only one.
    assert len(valid) - n_wanted <= max(sizes) / 2 or len(set(groups[valid])) == 1
    assert n_wanted - len(valid) < max(sizes)


@pytest.mark.parametrize(
    ("sizes", "fraction", "n_held_out"),
    [
        ([90] + [1] * 10, 0.1, 10),  # the large group is never worth it
        ([20, 1, 1], 0.9, 20),
        ([50, 50], 0.1, 50),  # one group is held out, and one is left
        ([60, 40], 0.1, 40),
        ([1, 3], 0.75, 3),
        ([7] * 10, 0.2, 14),
    ],
)
def test_a_split_by_groups_holds_out_the_number_nearest_to_the_asked(sizes, fraction, n_held_out):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    for seed in range(20):
        _, valid = hold_out(len(groups), fraction, np.random.default_rng(seed), groups=groups)
        assert len(valid) == n_held_out


@pytest.mark.parametrize(
    ("labels_of_groups", "fraction", "n_held_out", "n_classes_left"),
    [
        # class 1 is in the small groups only: one of them stays.
        ([[0] * 90] + [[1]] * 10, 0.1, 9, 2),
        # the groups of classes 3 and 4 stay, as there are others.
        ([[0, 1, 2] * 10, [0], [1], [2], [3], [4]], 0.01, 1, 5),
        # only the large group has no class of its own.
        ([[0, 1] * 10, [0, 2], [1, 3]], 0.1, 20, 4),
        # each group has a class of its own: the smallest goes.
        ([[0] * 5, [1] * 3, [2] * 4], 0.01, 3, 2),
    ],
)
def test_a_split_by_groups_keeps_classes_first_and_then_the_size(
    labels_of_groups, fraction, n_held_out, n_classes_left
):
    labels = np.concatenate(labels_of_groups)
    groups = np.repeat(np.arange(len(labels_of_groups)), [len(g) for g in labels_of_groups])
    for seed in range(20):
        rng = np.random.default_rng(seed)
        train, valid = hold_out(len(labels), fraction, rng, labels=labels, groups=groups)
        assert len(valid) == n_held_out
        assert len(set(labels[train])) == n_classes_left


def test_classes_take_turns_when_fewer_are_held_out_than_there_are():
    labels = np.arange(50) % 10
    seen = set()
    for seed in range(40):
        _, valid = hold_out(50, 0.1, np.random.default_rng(seed), labels=labels)
        assert len(valid) == len(set(labels[valid])) == 5
        seen |= set(labels[valid].tolist())
    assert seen == set(range(10))


def test_a_group_that_alone_has_a_class_stays_in_training():
    labels = np.array([0] * 9 + [1] * 3)
    groups = np.repeat([0, 1, 2, 3], 3)
    for seed in range(20):
        train, _ = hold_out(12, 0.3, np.random.default_rng(seed), labels=labels, groups=groups)
        assert 1 in labels[train]


def test_what_cannot_be_split_is_refused_with_a_remedy():
    with pytest.raises(ValueError, match=r"at least 2 samples.*early_stopping=False"):
        hold_out(1, 0.5, np.random.default_rng(0))
    with pytest.raises(ValueError, match="groups: got a single group"):
        hold_out(4, 0.5, np.random.default_rng(0), groups=np.zeros(4))


# --------------------------------------------------------------------------------------
# how a step is taken
# --------------------------------------------------------------------------------------


def test_the_schedules_have_their_shapes():
    progress = np.linspace(0, 1, 301)
    curves = {name: [schedule_factor(name, p) for p in progress] for name in SCHEDULES}
    assert set(curves["constant"]) == {1.0}
    assert curves["cosine"][0] == pytest.approx(1)
    assert (np.diff(curves["cosine"]) < 0).all()
    one_cycle = np.array(curves["one_cycle"])
    peak = one_cycle.argmax()
    assert 0 < progress[peak] < 0.5
    assert one_cycle[peak] == pytest.approx(1)
    assert (np.diff(one_cycle[: peak + 1]) > 0).all()
    assert (np.diff(one_cycle[peak:]) < 0).all()
    for name in ("cosine", "one_cycle"):
        assert 0 < curves[name][-1] < 0.001


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_history_tells_the_learning_rate(schedule):
    settings = TINY | {"max_epochs": 10}
    model = RNNClassifier(**settings, learning_rate_schedule=schedule).fit(X, Y)
    rates = np.array([epoch["learning_rate"] for epoch in model.history_])
    assert (rates <= TINY["learning_rate"] * (1 + 1e-12)).all()
    if schedule == "constant":
        assert (rates == TINY["learning_rate"]).all()
    else:
        assert rates[-1] < 0.1 * rates.max()


def one_step(**changes):
    """Make one update of plain gradient descent with a learning rate of 1."""
    settings = STRICT | {
        "max_epochs": 1,
        "learning_rate": 1.0,
        "learning_rate_schedule": "constant",
        "weight_decay": 0.0,
        "net_params": {"optimizer": torch.optim.SGD},
    }
    return flat_weights(RNNClassifier(**(settings | changes)).fit(X, Y))


def test_a_step_is_no_longer_than_the_gradient_is_clipped_to():
    start = one_step(learning_rate=1e-30)
    unclipped = np.linalg.norm(one_step(gradient_clip=None) - start)
    for clip in (1e-3, 1e-2):
        assert unclipped > clip
        step = np.linalg.norm(one_step(gradient_clip=clip) - start)
        np.testing.assert_allclose(step, clip, rtol=1e-3)
    generous = np.linalg.norm(one_step(gradient_clip=1e6) - start)
    np.testing.assert_allclose(generous, unclipped, rtol=1e-9)


def test_weight_decay_shrinks_the_weights():
    norms = [
        np.linalg.norm(flat_weights(RNNClassifier(**TINY, weight_decay=decay).fit(X, Y)))
        for decay in (0.0, 1.0, 10.0)
    ]
    assert norms[0] > norms[1] > norms[2]


# --------------------------------------------------------------------------------------
# going on: partial_fit and warm_start
# --------------------------------------------------------------------------------------

CONSTANT = TINY | {"learning_rate_schedule": "constant", "early_stopping": False}


def partially_fitted(make, y, n_calls: int, **changes):
    model = make(**(CONSTANT | changes))
    first = {"classes": [0, 1]} if make is RNNClassifier else {}
    for call in range(n_calls):
        model.partial_fit(X, y, **(first if call == 0 else {}))
    return model


@both
def test_calls_of_partial_fit_are_epochs_of_a_fit(make, y, y_val):
    parts = partially_fitted(make, y, 3)
    whole = make(**CONSTANT).fit(X, y)
    assert parts.n_iter_ == 3
    assert parts.loss_curve_ == whole.loss_curve_
    np.testing.assert_array_equal(scores(parts), scores(whole))


@both
def test_partial_fit_lowers_the_loss_and_repeats_itself(make, y, y_val):
    model = partially_fitted(make, y, 8)
    assert model.loss_curve_[-1] < 0.8 * model.loss_curve_[0]
    np.testing.assert_array_equal(scores(model), scores(partially_fitted(make, y, 8)))
    other = partially_fitted(make, y, 8, random_state=1)
    assert not np.array_equal(scores(model), scores(other))


@both
def test_statistics_are_frozen_at_the_first_call(make, y, y_val):
    model = partially_fitted(make, y, 1, learning_rate=1e-30)
    before = scores(model)
    # a step this small leaves the weights; other statistics would still move the predictions.
    model.partial_fit([x * 100 - 7 for x in X], y if make is RNNClassifier else y * 50)
    np.testing.assert_allclose(scores(model), before, rtol=1e-6)


def test_classes_are_frozen_at_the_first_call():
    model = RNNClassifier(**CONSTANT).partial_fit(X[:4], ["a", "b"] * 2, classes=["a", "b", "c"])
    assert model.classes_.tolist() == ["a", "b", "c"]
    model.partial_fit(X[:2], ["c", "c"])
    assert model.predict_proba(X_NEW).shape == (len(X_NEW), 3)
    with pytest.raises(ValueError, match="'d'"):
        model.partial_fit(X[:1], ["d"])
    with pytest.raises(ValueError, match="classes: got None in the first call"):
        RNNClassifier(**CONSTANT).partial_fit(X, Y)


@both
def test_partial_fit_holds_nothing_out(make, y, y_val):
    # one sample at a time, as in a stream: nothing could be held out, nor is one epoch stopped.
    model = partially_fitted(make, y, 1, early_stopping=True)
    model.partial_fit(X[:1], y[:1])
    assert "valid_loss" not in model.history_[-1]


@both
def test_a_warm_start_goes_on_where_the_last_fit_ended(make, y, y_val):
    model = make(**CONSTANT, warm_start=True).fit(X, y)
    first = model.loss_curve_
    model.fit(X, y)
    longer = make(**(CONSTANT | {"max_epochs": 6})).fit(X, y)
    assert model.n_iter_ == 6
    assert model.loss_curve_[:3] == first
    assert model.loss_curve_[-1] < first[-1]
    np.testing.assert_array_equal(scores(model), scores(longer))


@both
def test_a_warm_start_keeps_the_statistics_and_a_cold_one_does_not(make, y, y_val):
    far = [x * 100 for x in X]
    warm = make(**CONSTANT, warm_start=True).fit(X, y)
    mean = warm.statistics_.mean.copy()
    np.testing.assert_array_equal(warm.fit(far, y).statistics_.mean, mean)
    cold = make(**CONSTANT).fit(X, y)
    np.testing.assert_allclose(cold.fit(far, y).statistics_.mean, 100 * mean)


@both
def test_a_warm_start_takes_the_settings_of_training_as_they_now_are(make, y, y_val, capsys):
    model = make(**CONSTANT, warm_start=True, callbacks=[Watcher()]).fit(X, y)
    rate = EpochScoring("neg_mean_squared_error", on_train=True, name="fit")
    changed = {"learning_rate": 0.125, "weight_decay": 0.5, "batch_size": 4, "gradient_clip": None}
    model.set_params(**changed, verbose=1, callbacks=[rate]).fit(X, y)
    group = model.net_.optimizer_.param_groups[0]
    assert (group["lr"], group["weight_decay"]) == (0.125, 0.5)
    assert model.net_.batch_size == 4
    assert model.net_.gradient_clip is None
    assert "fit" in model.history_[-1]
    assert "fit" not in model.history_[0]
    assert "train_loss" in capsys.readouterr().out
    assert not any(isinstance(callback, Watcher) for _, callback in model.net_.callbacks_)


@both
def test_fitting_anew_forgets_everything(make, y, y_val):
    model = make(**TINY).fit([x[:, :1] * 3 for x in X], y)
    model.fit(X, y)
    np.testing.assert_array_equal(scores(model), scores(make(**TINY).fit(X, y)))
    assert model.n_iter_ == TINY["max_epochs"]
    assert model.n_features_in_ == 2


# --------------------------------------------------------------------------------------
# the hidden state
# --------------------------------------------------------------------------------------


@both
def test_transform_gives_named_hidden_states(make, y, y_val):
    model = make(**(TINY | {"bidirectional": True}), pooling=("mean", "last")).fit(X, y)
    states = model.transform(X_NEW)
    # two poolings of two directions of four units.
    assert states.shape == (len(X_NEW), 16)
    prefix = make.__name__.lower()
    assert model.get_feature_names_out().tolist() == [f"{prefix}{i}" for i in range(16)]
    frame = model.set_output(transform="pandas").transform(X_NEW)
    assert isinstance(frame, pd.DataFrame)
    assert frame.columns.tolist() == model.get_feature_names_out().tolist()
    np.testing.assert_array_equal(frame, states)


def test_the_head_over_transform_gives_the_prediction():
    model = RNNRegressor(**STRICT).fit(X, TARGETS)
    states = torch.from_numpy(model.transform(X_NEW))
    with torch.no_grad():
        scaled = model.net_.module_.head(states).numpy()[:, 0]
    np.testing.assert_allclose(
        scaled * TARGETS.std() + TARGETS.mean(), model.predict(X_NEW), rtol=1e-9
    )


def test_a_frame_of_hidden_states_keeps_the_index_of_the_table():
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 4)), index=np.arange(N) + 100)
    table.columns = list("abcd")
    model = RNNClassifier(**TINY).fit(table, Y).set_output(transform="pandas")
    assert model.transform(table).index.equals(table.index)


# --------------------------------------------------------------------------------------
# what a fit leaves behind
# --------------------------------------------------------------------------------------


@both
def test_the_history_has_a_line_for_each_epoch(make, y, y_val):
    model = make(**TINY, early_stopping=True).fit(X, y)
    assert len(model.history_) == model.n_iter_ == len(model.loss_curve_)
    for epoch, loss in zip(model.history_, model.loss_curve_, strict=True):
        assert {"train_loss", "valid_loss", "learning_rate", "dur"} <= set(epoch)
        assert epoch["train_loss"] == loss
        assert epoch["dur"] > 0
        assert "batches" not in epoch
    assert 1 <= model.best_epoch_ <= model.n_iter_


def test_the_training_loss_of_a_full_batch_is_that_of_the_weights_before_the_step():
    model = RNNClassifier(**STRICT | {"learning_rate": 1e-30, "max_epochs": 1}).fit(X, Y)
    np.testing.assert_allclose(model.loss_curve_[0], log_loss(Y, model.predict_proba(X)))


@both
def test_copies_predict_the_same_bits_and_train_on_alike(make, y, y_val):
    model = make(**CONSTANT).fit(X, y)
    buffer = io.BytesIO()
    joblib.dump(model, buffer)
    buffer.seek(0)
    expected = scores(model)
    copies = [pickle.loads(pickle.dumps(model)), copy.deepcopy(model), joblib.load(buffer)]
    model.partial_fit(X, y)
    for other in copies:
        np.testing.assert_array_equal(scores(other), expected)
        other.partial_fit(X, y)
        np.testing.assert_array_equal(scores(other), scores(model))


@both
def test_a_clone_has_the_parameters_and_nothing_else(make, y, y_val):
    callbacks = [EpochScoring("neg_log_loss")]
    model = make(**TINY, pooling=["last"], callbacks=callbacks, net_params={"optimizer__eps": 1e-6})
    fresh = clone(model)
    assert not hasattr(fresh, "net_")
    assert fresh.get_params().keys() == model.get_params().keys()
    for name, value in TINY.items():
        assert getattr(fresh, name) == value
    assert fresh.pooling == ["last"]
    assert fresh.net_params == {"optimizer__eps": 1e-6}


@both
def test_set_params_takes_effect_at_the_next_fit(make, y, y_val):
    model = make(**TINY).fit(X, y)
    model.set_params(hidden_size=3, cell="gru")
    assert model.transform(X_NEW).shape[1] % 4 == 0
    np.testing.assert_array_equal(
        scores(model.fit(X, y)), scores(make(**TINY | {"hidden_size": 3}, cell="gru").fit(X, y))
    )


@both
def test_a_representation_in_html_names_the_estimator(make, y, y_val):
    model = make(**TINY)
    pipe = make_pipeline(SequencePadder(), model)
    for shown in (model, pipe, clone(model).fit(X, y), clone(pipe).fit(X, y)):
        html = shown._repr_html_()
        assert make.__name__ in html
        assert "hidden_size" in html
    assert "SequencePadder" in pipe._repr_html_()


def test_the_device_is_chosen_or_given():
    automatic = RNNClassifier(**TINY, device="auto").fit(X, Y)
    given_cpu = RNNClassifier(**TINY, device="cpu").fit(X, Y)
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert torch.device(automatic.net_.device).type == expected
    assert next(given_cpu.net_.module_.parameters()).device.type == "cpu"
    np.testing.assert_allclose(scores(automatic), scores(given_cpu), atol=1e-3)


def test_a_generator_is_advanced_and_no_seed_is_fresh():
    state = np.random.RandomState(3)
    first, second = (
        scores(RNNClassifier(**TINY | {"random_state": state}).fit(X, Y)) for _ in range(2)
    )
    assert not np.array_equal(first, second)
    again = np.random.RandomState(3)
    repeated = RNNClassifier(**TINY | {"random_state": again}).fit(X, Y)
    np.testing.assert_array_equal(scores(repeated), first)
    fresh = [scores(RNNClassifier(**TINY | {"random_state": None}).fit(X, Y)) for _ in range(2)]
    assert not np.array_equal(*fresh)


# --------------------------------------------------------------------------------------
# skorch's callbacks and parameters
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize("use_caching", [True, False])
def test_a_scoring_callback_sees_the_validation_data(use_caching):
    scoring = EpochScoring(
        "accuracy", lower_is_better=False, name="valid_accuracy", use_caching=use_caching
    )
    model = RNNClassifier(**TINY, early_stopping=False, callbacks=[scoring])
    model.fit(X, np.array(["no", "yes"])[Y], X_val=X_VAL, y_val=np.array(["no", "yes"])[Y_VAL])
    expected = accuracy_score(np.array(["no", "yes"])[Y_VAL], model.predict(X_VAL))
    assert model.history_[-1]["valid_accuracy"] == expected


@pytest.mark.parametrize("use_caching", [True, False])
def test_a_scoring_callback_works_for_numbers_and_multilabel_targets(use_caching):
    r2 = EpochScoring("r2", lower_is_better=False, use_caching=use_caching)
    model = RNNRegressor(**TINY, early_stopping=False, callbacks=[("quality", r2)])
    model.fit(X, TARGETS, X_val=X_VAL, y_val=TARGETS_VAL)
    expected = r2_score(TARGETS_VAL, model.predict(X_VAL))
    np.testing.assert_allclose(model.history_[-1]["r2"], expected, rtol=1e-4)
    exact = EpochScoring("accuracy", lower_is_better=False, use_caching=use_caching)
    labels, labels_val = (np.column_stack([y, 1 - y]) for y in (Y, Y_VAL))
    multilabel = RNNClassifier(**TINY, early_stopping=False, callbacks=[exact])
    multilabel.fit(X, labels, X_val=X_VAL, y_val=labels_val)
    assert multilabel.history_[-1]["accuracy"] == multilabel.score(X_VAL, labels_val)


@pytest.mark.parametrize("scoring", ["neg_log_loss", "roc_auc", "f1", "balanced_accuracy"])
@pytest.mark.parametrize("net_params", [None, {"criterion": torch.nn.CrossEntropyLoss}])
def test_scorers_of_classifiers_read_the_net(scoring, net_params):
    callback = EpochScoring(scoring, lower_is_better=False)
    model = RNNClassifier(**TINY, early_stopping=False, callbacks=[callback], net_params=net_params)
    model.fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    expected = get_scorer(scoring)(model, X_VAL, Y_VAL)
    np.testing.assert_allclose(model.history_[-1][scoring], expected, rtol=1e-4)


@both
def test_callbacks_are_copied_before_use(make, y, y_val):
    callback = EpochScoring("neg_mean_squared_error", on_train=True, name="score")
    before = copy.deepcopy(vars(callback))
    model = make(**TINY, callbacks=[callback]).fit(X, y)
    assert vars(callback) == before
    assert model.get_params()["callbacks"][0] is callback
    assert all(used is not callback for _, used in model.net_.callbacks_)
    assert "score" in model.history_[-1]


def test_a_scheduler_of_skorch_moves_a_constant_learning_rate():
    halving = LRScheduler(policy="StepLR", step_size=1, gamma=0.5)
    model = RNNClassifier(**CONSTANT, callbacks=[halving]).fit(X, Y)
    rates = [epoch["learning_rate"] for epoch in model.history_]
    np.testing.assert_allclose(np.divide(rates[1:], rates[:-1]), 0.5)


def test_clipping_by_callback_is_clipping_by_parameter():
    by_callback = RNNClassifier(
        **TINY, gradient_clip=None, callbacks=[GradientNormClipping(gradient_clip_value=0.05)]
    )
    by_parameter = RNNClassifier(**TINY, gradient_clip=0.05)
    unclipped = RNNClassifier(**TINY, gradient_clip=None)
    assert not np.allclose(scores(by_parameter.fit(X, Y)), scores(unclipped.fit(X, Y)))
    np.testing.assert_allclose(scores(by_callback.fit(X, Y)), scores(by_parameter), rtol=1e-5)


def test_skorchs_early_stopping_ends_the_fit_without_an_error():
    stop = EarlyStopping(monitor="train_loss", patience=2, threshold=0.99, sink=lambda _: None)
    model = RNNClassifier(**CONSTANT | {"max_epochs": 50}, callbacks=[stop]).fit(X, Y)
    assert model.n_iter_ < 50
    # the weights of the last epoch, as without a callback.
    shorter = RNNClassifier(**CONSTANT | {"max_epochs": model.n_iter_}).fit(X, Y)
    np.testing.assert_array_equal(scores(model), scores(shorter))


def test_callbacks_hear_of_every_batch():
    class Counter(Callback):
        def initialize(self):
            self.n = 0
            return self

        def on_batch_end(self, net, batch=None, training=None, **kwargs):
            self.n += training

    model = RNNClassifier(**TINY, early_stopping=False, callbacks=[("counter", Counter)])
    model.fit(X, Y)
    counter = dict(model.net_.callbacks_)["counter"]
    assert counter.n == TINY["max_epochs"] * N // TINY["batch_size"]


def test_another_optimizer_may_be_asked_for():
    momentum = {"optimizer": torch.optim.SGD, "optimizer__momentum": 0.9}
    model = RNNClassifier(**TINY, net_params=momentum, weight_decay=0.125).fit(X, Y)
    group = model.net_.optimizer_.param_groups[0]
    assert isinstance(model.net_.optimizer_, torch.optim.SGD)
    assert group["momentum"] == 0.9
    assert group["weight_decay"] == 0.125
    assert model.loss_curve_[-1] < model.loss_curve_[0]


def test_an_optimizer_without_weight_decay_trains_too():
    settings = STRICT | {"learning_rate": 0.5, "learning_rate_schedule": "constant"}
    model = RNNClassifier(**settings, net_params={"optimizer": torch.optim.LBFGS}).fit(X, Y)
    assert model.loss_curve_[-1] < 0.5 * model.loss_curve_[0]


def test_another_criterion_may_be_asked_for():
    usual = RNNClassifier(**TINY).fit(X, Y)
    same = RNNClassifier(**TINY, net_params={"criterion": torch.nn.CrossEntropyLoss}).fit(X, Y)
    np.testing.assert_allclose(scores(same), scores(usual), atol=1e-5)
    smooth = {"criterion": torch.nn.CrossEntropyLoss, "criterion__label_smoothing": 0.5}
    smoothed = RNNClassifier(**TINY, net_params=smooth).fit(X, Y)
    assert scores(smoothed).max() < scores(usual).max()
    weighted = RNNClassifier(
        **TINY,
        class_weight={1: 20.0},
        net_params={"criterion": torch.nn.CrossEntropyLoss, "criterion__reduction": "none"},
    )
    expected = RNNClassifier(**TINY, class_weight={1: 20.0}).fit(X, Y)
    np.testing.assert_allclose(scores(weighted.fit(X, Y)), scores(expected), atol=1e-5)


# --------------------------------------------------------------------------------------
# metadata routing
# --------------------------------------------------------------------------------------


@both
def test_a_pipeline_routes_weights_groups_and_transformed_validation_data(make, y, y_val):
    weight = np.random.default_rng(0).random(N) + 0.1
    groups = np.arange(N) // 4
    scaler = PerTimestep(StandardScaler())
    with sklearn.config_context(enable_metadata_routing=True):
        network = make(**TINY).set_fit_request(
            sample_weight=True, groups=True, X_val=True, y_val=True
        )
        pipe = Pipeline([("scale", scaler), ("network", network)], transform_input=["X_val"])
        pipe.fit(X, y, sample_weight=weight, groups=groups, X_val=X_VAL, y_val=y_val)
        held_out = Pipeline(
            [
                ("scale", scaler),
                (
                    "network",
                    clone(network).set_params(early_stopping=True, callbacks=[Watcher()]),
                ),
            ]
        )
        held_out.fit(X, y, groups=groups)
    fitted = clone(scaler).fit(X)
    by_hand = make(**TINY).fit(
        fitted.transform(X),
        y,
        weight,
        groups=groups,
        X_val=fitted.transform(X_VAL),
        y_val=y_val,
    )
    assert pipe["network"].history_[-1]["valid_loss"] == by_hand.history_[-1]["valid_loss"]
    np.testing.assert_array_equal(
        scores(pipe["network"], fitted.transform(X_NEW)),
        scores(by_hand, fitted.transform(X_NEW)),
    )
    # a group has four samples: a split that ignored groups would hold out three.
    assert len(watched(held_out["network"]).valid) % 4 == 0


# --------------------------------------------------------------------------------------
# tokens
# --------------------------------------------------------------------------------------


def embedding(model) -> np.ndarray:
    return weights(model)["tokens.weight"]


def test_given_vectors_are_where_training_starts():
    vectors = np.random.default_rng(0).normal(size=(8, 3))
    before = vectors.copy()
    for dim in (None, 3):
        model = RNNClassifier(
            **TINY | {"learning_rate": 1e-30}, embedding_weights=vectors, embedding_dim=dim
        ).fit(TOKENS, Y)
        np.testing.assert_allclose(embedding(model)[1:], vectors[1:], rtol=1e-6)
        assert (embedding(model)[0] == 0).all()
    np.testing.assert_array_equal(vectors, before)
    trained = RNNClassifier(**TINY, embedding_weights=vectors).fit(TOKENS, Y)
    moved = np.abs(embedding(trained) - vectors).max(axis=1) > 1e-2
    assert moved[[2, 3, 4, 5]].all()


def test_a_token_with_a_given_vector_is_known_without_being_seen_in_training():
    vectors = np.random.default_rng(0).normal(size=(8, 3))
    given_vectors = RNNClassifier(**TINY, embedding_weights=vectors).fit(TOKENS, Y)
    learned = RNNClassifier(**TINY, embedding_dim=3).fit(TOKENS, Y)
    unseen = [[6, 6], [7, 7], [1, 1]]
    assert len(np.unique(scores(given_vectors, unseen)[:, 0])) == 3
    assert len(np.unique(scores(learned, unseen)[:, 0])) == 1


def test_an_id_beyond_every_known_one_is_read_as_unknown():
    vectors = np.random.default_rng(0).normal(size=(6, 3))
    for params in ({"embedding_weights": vectors}, {"embedding_dim": 3}):
        model = RNNClassifier(**TINY, **params).fit(TOKENS, Y)
        known = scores(model, [[2, 1, 3]])
        np.testing.assert_array_equal(scores(model, [[2, 10**6, 3]]), known)
        assert not np.array_equal(scores(model, [[2, 4, 3]]), known)


@pytest.mark.parametrize("make", [RNNClassifier, RNNRegressor, RNNTagger])
def test_ids_may_be_huge_and_far_apart(make):
    # 10**9 rows of vectors would be 12 GB
    numbers = np.array([0, 1, 40, 41, 10**9, 2 * 10**9])
    far_apart = [numbers[ids] for ids in TOKENS]
    y = [np.asarray(ids) % 2 for ids in TOKENS] if make is RNNTagger else Y
    model = make(**TINY, embedding_dim=3).fit(TOKENS, y)
    other = make(**TINY, embedding_dim=3).fit(far_apart, y)
    assert other.token_ids_.tolist() == numbers.tolist()
    answers = [model.predict(TOKENS), other.predict(far_apart)]
    for one, two in zip(*answers, strict=True):
        np.testing.assert_array_equal(one, two)
    # between those of the fit, and above
    for unseen in (39, 10**9 - 1, 2 * 10**9 + 1):
        (one,), (two,) = other.predict([[40, unseen]]), other.predict([[40, 1]])
        np.testing.assert_array_equal(one, two)


def test_padded_and_ragged_tokens_are_the_same_tokens():
    padded = np.zeros((N, 6), dtype=np.int64)
    for row, ids in zip(padded, TOKENS, strict=True):
        row[: len(ids)] = ids
    model = RNNClassifier(**TINY, embedding_dim=4).fit(TOKENS, Y)
    other = RNNClassifier(**TINY, embedding_dim=4).fit(padded, Y)
    np.testing.assert_array_equal(scores(model, TOKENS), scores(other, padded))
    assert model.score(TOKENS, Y) > 0.9


# --------------------------------------------------------------------------------------
# segments
# --------------------------------------------------------------------------------------


def test_segment_length_is_as_given_or_grows_with_the_data():
    assert RNNClassifier(**TINY, segment_length=3).fit(X, Y).segment_length_ == 3
    chosen = []
    for n_timesteps in (8, 200, 2000):
        long = np.random.default_rng(0).normal(size=(6, n_timesteps, 1))
        model = RNNClassifier(**TINY | {"max_epochs": 1}).fit(long, [0, 1] * 3)
        chosen.append(model.segment_length_)
    assert chosen == sorted(chosen)
    assert 1 <= chosen[0] < chosen[-1] < 2000


@pytest.mark.parametrize("segment_length", [2, 5])
def test_segments_leave_predictions_free_of_padding_and_batch_mates(segment_length):
    model = RNNClassifier(**TINY, segment_length=segment_length).fit(X, Y)
    together = scores(model)
    for i, x in enumerate(X_NEW):
        alone = np.concatenate([x, np.full((11, 2), np.nan)])[None]
        np.testing.assert_allclose(scores(model, alone)[0], together[i], atol=1e-6)


# --------------------------------------------------------------------------------------
# every parameter does something
# --------------------------------------------------------------------------------------

VECTORS = np.random.default_rng(3).normal(size=(8, 4))

# A setting that must move the predictions: the parameter, its other value, and what else is set.
MOVES_PREDICTIONS: dict[str, tuple[Any, dict[str, Any]]] = {
    "cell": ("gru", {}),
    "hidden_size": (5, {}),
    "num_layers": (2, {}),
    "bidirectional": (True, {}),
    "dropout": (0.6, {"dropout": 0.0}),
    "pooling": (("attention",), {"pooling": "last"}),
    "segment_length": (2, {"segment_length": 1}),
    "embedding_dim": (5, {"embedding_dim": 4}),
    "embedding_weights": (VECTORS, {"embedding_dim": 4}),
    "standardize": (False, {}),
    "input_noise": (0.5, {}),
    "class_weight": ({1: 5.0}, {}),
    "loss": ("mae", {}),
    "learning_rate": (0.01, {}),
    "learning_rate_schedule": ("cosine", {"learning_rate_schedule": "constant"}),
    "max_epochs": (5, {}),
    "batch_size": (5, {}),
    "early_stopping": (True, {"early_stopping": False}),
    "validation_fraction": (0.5, {"early_stopping": True}),
    "weight_decay": (1.0, {}),
    "gradient_clip": (1e-3, {}),
    "random_state": (1, {}),
    "dtype": ("float64", {}),
    "net_params": ({"optimizer": torch.optim.SGD}, {}),
}
# What shows elsewhere has a test of its own in this file.
SHOWS_ELSEWHERE = {"n_iter_no_change", "device", "warm_start", "callbacks", "verbose"}


@pytest.mark.parametrize(
    ("make", "name"),
    [
        pytest.param(make, name, id=f"{make.__name__}-{name}")
        for make in (RNNClassifier, RNNRegressor)
        for name in make().get_params()
        if name not in SHOWS_ELSEWHERE
    ],
)
def test_every_parameter_moves_the_predictions(make, name):
    other, common = MOVES_PREDICTIONS[name]
    y = Y if make is RNNClassifier else TARGETS
    data, new = (TOKENS, TOKENS[:2]) if name.startswith("embedding") else (X, X_NEW)
    base = make(**(TINY | common)).fit(data, y)
    changed = make(**(TINY | common | {name: other})).fit(data, y)
    assert not np.array_equal(scores(base, new), scores(changed, new))


def test_patience_is_the_number_of_epochs_without_improvement():
    for patience in (1, 4):
        model = RNNClassifier(
            **TINY | {"max_epochs": 200, "learning_rate": 0.3},
            learning_rate_schedule="constant",
            n_iter_no_change=patience,
        ).fit(X, Y, X_val=X_VAL, y_val=1 - Y_VAL)
        assert model.n_iter_ == model.best_epoch_ + patience


def test_verbose_prints_a_line_for_each_epoch(capsys):
    RNNClassifier(**TINY).fit(X, Y)
    assert capsys.readouterr().out == ""
    RNNClassifier(**TINY, verbose=1).fit(X, Y)
    lines = capsys.readouterr().out.strip().splitlines()
    assert "train_loss" in lines[0]
    assert len(lines) == TINY["max_epochs"] + 2
