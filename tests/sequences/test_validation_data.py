"""Validation data, early stopping, and how samples are held out."""

from __future__ import annotations

import tempfile

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from skrnn import RNNClassifier
from skrnn._training.holding_out import hold_out
from tests.sequences.small_networks import (
    TARGETS,
    TINY,
    X_NEW,
    X_VAL,
    Y_VAL,
    N,
    Watcher,
    X,
    Y,
    both,
    scores,
    watched,
)

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
