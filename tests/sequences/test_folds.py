"""Samples that are left out together are neighbours, of each class, or whole groups."""

from __future__ import annotations

import numpy as np
import pytest

from skrnn._sequences.folds import folds_of_neighbours

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("n_samples", "n_folds"), [(10, 10), (103, 10), (7, 4), (3, 4)])
def test_folds_are_stretches_of_nearly_equal_size(n_samples, n_folds):
    folds = folds_of_neighbours(n_samples, n_folds)
    assert (np.diff(folds) >= 0).all()
    sizes = np.bincount(folds, minlength=n_folds)
    assert sizes.max() - sizes.min() <= 1


def test_each_fold_has_its_share_of_every_class():
    labels = RNG.permutation(np.repeat([0, 1, 2], [40, 8, 3]))
    folds = folds_of_neighbours(len(labels), 4, labels=labels)
    for label, size in enumerate([40, 8, 3]):
        own = folds[labels == label]
        counts = np.bincount(own, minlength=4)
        assert counts.max() - counts.min() <= 1
        assert counts.sum() == size
        # a class starts anywhere, and then goes round once
        assert (np.diff(own) % 4 <= 1).all()


def test_classes_of_one_sample_are_spread_over_the_folds():
    folds = folds_of_neighbours(12, 4, labels=np.arange(12))
    assert np.bincount(folds).tolist() == [3, 3, 3, 3]


def test_groups_stay_together_in_their_order():
    groups = np.repeat(["z", "a", "m", "k", "b", "c"], [5, 5, 5, 5, 10, 10])
    folds = folds_of_neighbours(len(groups), 4, labels=RNG.integers(2, size=40), groups=groups)
    for name in set(groups):
        assert len(set(folds[groups == name])) == 1
    assert np.bincount(folds).tolist() == [10, 10, 10, 10]
    assert (np.diff(folds) >= 0).all()
